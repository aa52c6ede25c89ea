# SPDX-License-Identifier: BSD-3-Clause
# nginx in the peer's namespace, on port 80 of all its addresses. Sourced after netns.sh.

# web_start BYTES: serves $lab/www/file, random bytes of that number.
web_start() {
    mkdir -p "$lab/www" "$lab/nginx"
    python3 "${peers:-peers.py}" random "$lab/www/file" "$1" || return 1
    # One process, and root its user: in the namespace of an ordinary user there is no other to change to.
    cat >"$lab/nginx.conf" <<CONF
user root;
daemon off;
master_process off;
pid $lab/nginx/pid;
error_log $lab/nginx.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $lab/nginx/body;
    proxy_temp_path $lab/nginx/proxy;
    fastcgi_temp_path $lab/nginx/fastcgi;
    uwsgi_temp_path $lab/nginx/uwsgi;
    scgi_temp_path $lab/nginx/scgi;
    server { listen 80; root $lab/www; }
}
CONF
    in_peer /usr/sbin/nginx -p "$lab/nginx" -c "$lab/nginx.conf" -e "$lab/nginx.log" >>"$lab/nginx.log" 2>&1 &
    local tries
    for ((tries = 0; tries < 100; ++tries)); do
        in_peer curl -s -o /dev/null http://$peer_address/ && return 0
        sleep 0.05
    done
    return 1
}
