/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keyupdates PORT CA CERT KEY SECONDS: an agent that shakes hands with 127.0.0.1:PORT and then
 * sends nothing but key updates of TLS 1.3 (RFC 8446 4.6.3), as fast as it can. Prints their
 * number. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ssl.h>

/* A socket that is connected; -1. */
static int
connect_to(long port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd != -1 && connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0 ? fd : -1;
}

int
main(int argc, char **argv)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	unsigned long n = 0;

	if (argc != 6 || ctx == NULL || SSL_CTX_load_verify_locations(ctx, argv[2], NULL) != 1 ||
	    SSL_CTX_use_certificate_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, argv[4], SSL_FILETYPE_PEM) != 1)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	SSL *ssl = SSL_new(ctx);
	if (ssl == NULL || SSL_set_fd(ssl, connect_to(strtol(argv[1], NULL, 10))) != 1 ||
	    SSL_connect(ssl) != 1)
		return 2;
	time_t end = time(NULL) + strtol(argv[5], NULL, 10);
	while (time(NULL) < end && SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
	       SSL_do_handshake(ssl) == 1)
		n++;
	printf("%lu\n", n);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return 0;
}
