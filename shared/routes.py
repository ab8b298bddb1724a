"""Which service serves which address; the embedded gateway and deploy/nginx both follow it."""

PREFIXES: dict[str, tuple[str, ...]] = {
    "intake": (
        "/api/intake",
        "/desk",
        "/my",
        "/track",
        "/open311",
        "/sign-in",
        "/sign-out",
        "/audit/intake",
        "/static",
        "/",
    ),
    "routing": ("/api/routing", "/orders", "/supervise", "/audit/routing"),
    "notify": ("/api/notify", "/messages", "/audit/notify"),
    "partners": ("/api/partners", "/partners", "/points", "/audit/partners"),
}


def service_for(path: str) -> str:
    """The service that serves ``path``: the one with the longest matching prefix."""
    fitting = [
        (len(prefix), service)
        for service, prefixes in PREFIXES.items()
        for prefix in prefixes
        if prefix in {"/", path} or path.startswith(f"{prefix}/")
    ]
    return max(fitting)[1]
