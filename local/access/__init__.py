"""Who may do what: what functions and state machines ask of moto, judged by the policies of their roles.

    conditions < policies    what a policy says; both know nothing of moto
    asked                    what a request needs to be allowed
    roles                    the roles in moto: their policies, whom they trust, their credentials
    verdicts                 the judgement, and who is told of it

moto_differences.iam asks for the judgement of each request. A request with any other credentials is the developer's
own, and may do everything.
"""
