"""`interlude import`: brings a Pipedream project into this one. Never imported by what is deployed.

    errors < workflow, trees; code                           what everything stands on
    documents, names, folder < archive, sync, export         what is read, and checked before anything is written
    package_names < packages; props < source; credentials    what is made of imports, of props and of secrets
    nodes, lines < kept < policies < block, template         what the template has, and what it gets
    triggers, remarks, drafts < requirements, resources      what is to be, and what there is to say of it
    plan < project, report, writing < importing              what is done with it

`actions` translates actions of Pipedream's registry into steps.
"""
