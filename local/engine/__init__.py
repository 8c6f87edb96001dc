"""A small AWS for what the runtime asks for most: the items of DynamoDB and the executions of Step Functions.

It is kept in SQLite, a file of the project or memory, and answers at once and in this process. moto does the rest, and
is the reference that the tests compare it with: docs/decisions/0044-an-engine.md. A line imports only from lines above
it:

    errors; clock; store; place      what everything stands on
    access                           what IAM says
    items                            DynamoDB's requests about items
    machines                         Step Functions' requests about executions
    moto_tables                      the tables that items are in
    requests                         what AWS's clients send
    engine                           all of it
"""
