"""The web kit: what every service builds its JSON API and its pages with.

`app` makes the Flask application, `blueprint` holds JSON routes, `problem` says what went wrong,
`auth` says who is asking, `forms` reads page forms, `i18n` speaks Chinese first and English one
click away. `docs/look.md` shows how a page is written with it.
"""
