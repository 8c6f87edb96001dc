"""`interlude import`: imports a Pipedream project into this one. Deployed code never uses this package.

    errors < workflow, trees; code                           the base of everything
    documents, names, folder < archive, sync, export         reading and checking the source
    package_names < packages; props < source; credentials    imports, props and secrets
    nodes, lines < kept < policies < block, template         the template, before and after
    triggers, remarks, drafts < requirements, resources      drafts of workflows, and the remarks for the report
    plan < project, report, writing < importing              planning, reporting and writing

`actions` translates actions of Pipedream's registry into steps.
"""
