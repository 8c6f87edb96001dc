"""`interlude import`: brings a Pipedream project into this one. Never imported by what is deployed.

    errors < workflow; code                                  what everything stands on
    documents, names, folder < archive, sync, export         what is read, and checked before anything is written
    packages; props < source                                 what is made of imports and of props
    block; nodes < template                                  what the template gets
    triggers, remarks < plan                                 what is to be, and what there is to say of it
    project, report, writing < command                       what is done with it

`actions` translates actions of Pipedream's registry into steps.
"""
