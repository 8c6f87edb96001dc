"""`interlude import`: imports a Pipedream project into this one. Deployed code never uses this package.

    workflow; code                                           the base of everything
    documents, folder < archive, github_sync, export         reading and checking the source
    package_names < packages; props < source; credentials    imports, props and secrets
    triggers, remarks, drafts < requirements, declaration    drafts of workflows, and the remarks for the report
    plan < project, report < importing                       planning, reporting and writing

`actions` translates actions of Pipedream's registry into steps. The package `sync` writes the template.
"""
