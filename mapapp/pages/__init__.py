"""The pages for people, in French, rendered by the server and usable without JavaScript."""
