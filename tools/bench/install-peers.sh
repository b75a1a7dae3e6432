#!/bin/sh
# Installs the brokers that `npm run bench` runs beside Pochta, from Debian. The bench starts and stops them by itself:
# none is left running, and none begins with the machine.
set -eu

packages=''
for package in redis-server mosquitto rabbitmq-server nats-server; do
  dpkg -s "$package" >/dev/null 2>&1 || packages="$packages $package"
done
[ -n "$packages" ] || exit 0

# Debian starts a service as it is installed, unless this says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi

apt-get update
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages

# Nor with the machine's next start.
if [ -d /run/systemd/system ]; then
  # shellcheck disable=SC2086
  systemctl disable --now $packages
fi
