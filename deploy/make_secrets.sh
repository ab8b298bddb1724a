#!/bin/sh
# make_secrets.sh FOLDER: this deployment's secrets, a file for each, readable by root alone; and in a folder (a volume)
# for each reader copies of those it needs, readable by its group. A service's data keys are in its folder only.
# What is there stays, since the databases were made with it. What the environment gives (.env) wins.
set -eu
umask 077
cd "$1"
intake=10011 routing=10012 notify=10013 partners=10014 broker=10015   # groups, as in docker-compose.yml

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

data_key() { echo "k$(date +%Y%m%d)-$(random 2) $(head -c 32 /dev/urandom | base64 -w 0)"; }

write() {   # write FILE GROUP VALUE
  rm -f "$1.new"   # of a run that was cut short
  printf %s "$3" >"$1.new"
  chgrp "$2" "$1.new"
  chmod 0440 "$1.new"
  mv -f "$1.new" "$1"
}

secret() {   # secret NAME
  eval "value=\${$1:-}"
  if [ -n "$value" ]; then
    echo "$1: taken from the environment"
  elif [ -s "$1" ]; then
    value=$(cat "$1")   # an older deployment's may be readable by a group
  else
    value=$(random 24)
    echo "$1: made at random"
  fi
  write "$1" 0 "$value"
}

give() {   # give READER GROUP NAME...
  reader=$1 group=$2
  shift 2
  mkdir -p -m 0755 "$reader"
  for name in "$@"; do
    [ ! -e "$reader/$name" ] || cmp -s "$name" "$reader/$name" || echo "$reader/$name: changed"
    write "$reader/$name" "$group" "$(cat "$name")"
  done
}

# Keys are added to and rotated in their files (python -m services keys): what the environment gives
# would take the newer ones away, and with them whatever they sealed. So it counts only at first.
data_keys() {   # data_keys NAME SERVICE GROUP
  kept=$2/$1
  mkdir -p -m 0755 "$2"
  for file in "$1" "$kept"; do
    if [ -e "$file" ] && [ ! -s "$file" ]; then
      refuse "$file: is empty. Without its keys the database of $2 cannot be read: put it back from the backup."
    fi
  done
  if [ -e "$1" ]; then   # all secrets were in one folder once
    if [ -e "$kept" ] && ! cmp -s "$1" "$kept"; then
      refuse "$1 and $kept: both have keys. Put the lines of both into $kept, and remove $1."
    fi
    write "$kept" "$3" "$(cat "$1")"
    rm "$1"
    echo "$kept: moved there"
  elif [ ! -e "$kept" ]; then
    eval "value=\${$1:-}"
    write "$kept" "$3" "${value:-$(data_key)}"
    echo "$kept: $([ -n "$value" ] && echo taken from the environment || echo made at random)"
  fi
}

refuse() {
  echo "$1" >&2
  exit 1
}

data_keys INTAKE_DATA_KEYS intake $intake
data_keys ROUTING_DATA_KEYS routing $routing
data_keys NOTIFY_DATA_KEYS notify $notify
data_keys PARTNERS_DATA_KEYS partners $partners

secret SECRET_KEY
secret RABBITMQ_PASSWORD
secret POSTGRES_PASSWORD
secret INTAKE_DB_PASSWORD
secret ROUTING_DB_PASSWORD
secret NOTIFY_DB_PASSWORD
secret PARTNERS_DB_PASSWORD
secret INTAKE_AMQP_PASSWORD
secret ROUTING_AMQP_PASSWORD
secret NOTIFY_AMQP_PASSWORD
secret PARTNERS_AMQP_PASSWORD

give intake $intake SECRET_KEY INTAKE_DB_PASSWORD INTAKE_AMQP_PASSWORD
give routing $routing SECRET_KEY ROUTING_DB_PASSWORD ROUTING_AMQP_PASSWORD
give notify $notify SECRET_KEY NOTIFY_DB_PASSWORD NOTIFY_AMQP_PASSWORD
give partners $partners SECRET_KEY PARTNERS_DB_PASSWORD PARTNERS_AMQP_PASSWORD
give broker $broker RABBITMQ_PASSWORD \
  INTAKE_AMQP_PASSWORD ROUTING_AMQP_PASSWORD NOTIFY_AMQP_PASSWORD PARTNERS_AMQP_PASSWORD
give rabbitmq 0 RABBITMQ_PASSWORD
give postgres 0 POSTGRES_PASSWORD INTAKE_DB_PASSWORD ROUTING_DB_PASSWORD NOTIFY_DB_PASSWORD PARTNERS_DB_PASSWORD
