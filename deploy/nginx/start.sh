#!/bin/sh
# Starts nginx, which believes the district's own TLS proxy (TRUSTED_PROXY in .env: its address or network) where somebody
# asks from: the last address of X-Forwarded-For. From anywhere else, and without TRUSTED_PROXY, that header says nothing:
# by "unix:" nobody comes here.
set -eu
printf 'set_real_ip_from %s;\nreal_ip_header X-Forwarded-For;\n' "${TRUSTED_PROXY:-unix:}" \
    > /etc/nginx/conf.d/trusted-proxy.conf
exec nginx -g 'daemon off;'
