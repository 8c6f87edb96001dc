"""`interlude check`: finds mistakes in a project's workflows before they are deployed. Deployed code never uses it.

    finding, values < resources     a finding, and the content of the template
    requirements < files            the rules for a step's code and its imports
    machines; functions             the rules for state machines and for steps' functions
    checking                        all of them together

It shares the analysis of code with importer, and the rules for names with sync.
"""
