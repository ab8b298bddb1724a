#!/bin/sh
# make_secrets.sh FOLDER: this deployment's secrets, a file for each, readable by root and one group.
# What is there stays, since the databases were made with it. What the environment gives (.env) wins.
set -eu
umask 077
cd "$1"
everybody=10001 intake=10011 routing=10012 notify=10013 partners=10014 broker=10015   # groups, as in docker-compose.yml

random() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }

data_key() { echo "k$(date +%Y%m%d) $(head -c 32 /dev/urandom | base64 -w 0)"; }

secret() {   # secret NAME GROUP [MAKER]
  eval "value=\${$1:-}"
  if [ -z "$value" ]; then
    if [ -s "$1" ]; then
      chgrp "$2" "$1"   # an older deployment's may belong to another group
      return 0
    fi
    value=$(${3:-random})
    echo "$1: made at random"
  else
    echo "$1: taken from the environment"
  fi
  printf %s "$value" >"$1.new"
  chgrp "$2" "$1.new"
  chmod 0440 "$1.new"
  mv -f "$1.new" "$1"
}

secret SECRET_KEY $everybody
secret RABBITMQ_PASSWORD $broker
secret POSTGRES_PASSWORD 0
secret INTAKE_DB_PASSWORD $intake
secret ROUTING_DB_PASSWORD $routing
secret NOTIFY_DB_PASSWORD $notify
secret PARTNERS_DB_PASSWORD $partners
secret INTAKE_AMQP_PASSWORD $intake
secret ROUTING_AMQP_PASSWORD $routing
secret NOTIFY_AMQP_PASSWORD $notify
secret PARTNERS_AMQP_PASSWORD $partners

# Keys are added to and rotated in their files (python -m services keys): what the environment gives
# would take the newer ones away, and with them whatever they sealed. So it counts only at first.
data_keys() {   # data_keys NAME GROUP
  [ -s "$1" ] || secret "$1" "$2" data_key
}

data_keys INTAKE_DATA_KEYS $intake
data_keys ROUTING_DATA_KEYS $routing
data_keys NOTIFY_DATA_KEYS $notify
data_keys PARTNERS_DATA_KEYS $partners
