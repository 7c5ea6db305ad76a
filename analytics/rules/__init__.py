"""What the usage block of a provider's answer means: one reader a provider, for every door.

Plain Python over dicts and the objects of the providers' packages, in snake_case and camelCase
alike; none of those packages is needed, and no engine. A reader returns readings: the call, and
further records that the same answer bills. What is not known is kept and named, never dropped.

    analytics.rules.answers     tells whose answer it is, and reads it
    analytics.rules.reading     what a reading is
    analytics.rules.forms       the form of a block as data, and how a block is taken apart by it
    analytics.rules.totals      what stands inside what, and what a stated total decides
    analytics.rules.counting    which keys count something, and which of them are known to be free
    analytics.rules.variants    what decides the price besides the model, as served
"""
