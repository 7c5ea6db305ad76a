"""Recording from many processes: a folder of segments that a drainer moves into a book.

`recorder` is the public face, `lines` makes a record a line, `journal` writes lines of many threads
together, `segment` is the file they go to, `folder` the protocol that writers and drainers share,
`steps` names the places where a process may die. `responses` reads the usage out of the
responses of model providers. Only the standard library is used.
"""
