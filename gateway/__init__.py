"""RECEIVE: vendor webhooks and the JSON API in, facts out."""
