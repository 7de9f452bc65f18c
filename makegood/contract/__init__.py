"""The contract with everybody outside: schemas of the messages, AsyncAPI, compatibility, reference pages."""
