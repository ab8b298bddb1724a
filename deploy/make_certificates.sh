#!/bin/sh
# make_certificates.sh FOLDER: an own authority and certificates for HTTPS and for RabbitMQ, where none are given.
#   ca.crt       the authority; departments' systems and browsers must be told to trust it
#   web.crt/key  nginx        NAMES=DNS:bt.example.gov.cn,IP:10.3.0.5   what people call this machine
#   broker.crt/key  RabbitMQ  BROKER_NAMES, where departments call it otherwise
# What is there is never overwritten: put your own certificates there by these names. To renew one, take its pair away.
set -eu
umask 077
mkdir -p "$1"
cd "$1"
days=825   # the most that browsers take
authority_days=3650
names=${NAMES:-DNS:localhost,IP:127.0.0.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "make_certificates.sh: $*" >&2; exit 1; }

there() {   # there NAME: whether its pair is there; half of one is an error
  if [ -s "$1.crt" ] && [ -s "$1.key" ]; then
    openssl x509 -in "$1.crt" -noout -checkend 2592000 >/dev/null ||
      echo "$1.crt: ends within 30 days, or has ended. Renew it: remove $1.crt and $1.key, and run this again." >&2
    echo "$1: kept, $(openssl x509 -in "$1.crt" -noout -enddate)"
    return 0
  fi
  [ ! -e "$1.crt" ] && [ ! -e "$1.key" ] ||
    fail "$1: there is only half of $1.crt and $1.key in $PWD. Add the other half, or remove this one."
  return 1
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

authority() {   # ca.key is needed only to make more; without it, every pair must be given
  [ -s ca.crt ] && return 0
  [ ! -e ca.key ] || fail "ca: there is a ca.key in $PWD without its ca.crt."
  new_key "$work/ca.key"
  openssl req -x509 -new -sha256 -key "$work/ca.key" -days $authority_days -out "$work/ca.crt" \
    -subj "/O=Baitong/CN=Baitong authority $(date +%Y-%m-%d)" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
  mv -n "$work/ca.key" "$work/ca.crt" .
  chmod 0644 ca.crt
  echo "ca: made, $(openssl x509 -in ca.crt -noout -enddate)"
}

certificate() {   # certificate NAME SUBJECT_ALTERNATIVE_NAMES
  ! there "$1" || return 0
  authority
  [ -s ca.key ] || fail "$1: $PWD has a ca.crt without its ca.key. Give $1.crt and $1.key as well, or neither."
  new_key "$work/$1.key"
  openssl req -new -sha256 -key "$work/$1.key" -out "$work/$1.csr" -subj "/O=Baitong/CN=Baitong $1"
  printf '%s\n' "subjectAltName=$2" basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
    extendedKeyUsage=serverAuth subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$work/$1.ext"
  openssl x509 -req -sha256 -days $days -in "$work/$1.csr" -CA ca.crt -CAkey ca.key -extfile "$work/$1.ext" \
    -set_serial "0x$(openssl rand -hex 16)" -out "$work/$1.crt" 2>"$work/said" || fail "$1: $(cat "$work/said")"
  mv -n "$work/$1.key" "$work/$1.crt" .
  chmod 0644 "$1.crt"
  echo "$1: made for $2, $(openssl x509 -in "$1.crt" -noout -enddate)"
}

certificate web "$names"
certificate broker "${BROKER_NAMES:-$names},DNS:rabbitmq"
[ -s ca.crt ] || fail "ca: give ca.crt as well, the authority that signed broker.crt: departments need it."
