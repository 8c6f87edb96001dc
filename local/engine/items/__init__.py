"""DynamoDB's data plane on the store: requests about items as the API takes them, their streams and their expiry.

A line imports only from lines above it, and in its own from what stands left of it:

    refusals < numbers < values                                       what an item holds
    scope < reader                                                    what expressions have in common
    conditions < condition_text; updates < update_text; projections   kinds of expressions
    tables < keys < key_conditions; expressions                       what a request asks of a table
    handles < rows; capacity; changes                                 where items are, and what a request costs and does
    writes < transactions, batches, expiry; reads < pages             the operations
    service                                                           who answers what
"""
