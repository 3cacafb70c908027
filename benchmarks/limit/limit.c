/*
 * The limit: about the least that a kernel and one thread need to answer HTTP/1.1 requests over TCP.
 *
 *   epoll_wait ─▶ accept4
 *              └▶ recv into one shared buffer ─▶ answer each whole request into one shared buffer ─▶ send
 *
 * It believes every request: no limits, no timeouts, no errors, no dates, and what
 * it can know beforehand it has ready. No server can promise this little, so the
 * distance of a real server from it is the price of the server, not of the network.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT_BYTES = 64 * 1024, OUTPUT_BYTES = 1024 * 1024, EVENTS = 1024 };

/* What a connection keeps between two readings: nothing but the beginning of a request that was cut off. */
typedef struct {
  int fd;
  int length;
  char *rest;
} Connection;

static char input[INPUT_BYTES + 1];
static char output[OUTPUT_BYTES];

static const char pong[] = "{\"message\":\"pong\"}";
static const char ok[] = "{\"ok\":true}";

static int answer(char *out, const char *body, int length) {
  int head = sprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n", length);
  memcpy(out + head, body, length);
  return head + length;
}

/* GET /users/42?page=3&q=hello */
static int answer_user(char *out, const char *target) {
  const char *id = target + 7;
  int id_length = strcspn(id, "?");
  const char *page = id + id_length + 6;
  int page_length = strcspn(page, "&");
  const char *q = page + page_length + 3;
  int q_length = strcspn(q, " ");
  char body[1024];
  return answer(out, body, sprintf(body, "{\"id\":\"%.*s\",\"page\":\"%.*s\",\"q\":\"%.*s\"}", id_length, id, page_length, page, q_length, q));
}

static char big[16 * 1024];
static int big_length;

/* GET /big: once for all. Others write it anew for each request; what that costs is theirs. */
static void write_big(void) {
  char *end = big + sprintf(big, "{\"items\":[");
  for (int i = 0; i < 100; i++)
    end += sprintf(end, "%s{\"id\":%d,\"name\":\"item number %d\",\"price\":%d.5,\"tags\":[\"alpha\",\"beta\"],\"active\":%s,\"note\":\"some text here\"}", i ? "," : "", i, i, i * 3, i % 2 ? "true" : "false");
  end += sprintf(end, "]}");
  big_length = end - big;
}

static int body_length(const char *head, const char *end) {
  const char *field = strcasestr(head, "\r\ncontent-length:");
  return field && field < end ? atoi(field + 17) : 0;
}

/* Answers every whole request in `bytes`; says how many bytes those took, and how many were written. */
static int answer_all(char *bytes, int length, int *written) {
  int read = 0;
  *written = 0;
  while (read < length && *written < OUTPUT_BYTES - 32 * 1024) {
    char *head = bytes + read;
    char *end = memmem(head, length - read, "\r\n\r\n", 4);
    if (!end) break;
    int body = head[0] == 'P' ? body_length(head, end) : 0;
    int size = end + 4 - head + body;
    if (read + size > length) break;
    char *target = strchr(head, ' ') + 1;
    char *out = output + *written;
    if (!memcmp(target, "/users/", 7)) *written += answer_user(out, target);
    else if (!memcmp(target, "/orders", 7)) *written += answer(out, end + 4, body);
    else if (!memcmp(target, "/gh/", 4)) *written += answer(out, ok, sizeof ok - 1);
    else if (!memcmp(target, "/big", 4)) *written += answer(out, big, big_length);
    else *written += answer(out, pong, sizeof pong - 1);
    read += size;
  }
  return read;
}

static int send_all(int fd, const char *bytes, int length) {
  for (int sent = 0; sent < length;) {
    int n = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
    if (n >= 0) sent += n;
    else if (errno == EAGAIN) usleep(50);
    else return -1;
  }
  return 0;
}

static void drop(Connection *connection) {
  close(connection->fd);
  free(connection->rest);
  free(connection);
}

static void serve(Connection *connection) {
  int held = connection->length;
  if (held > 0) memcpy(input, connection->rest, held);
  int n = recv(connection->fd, input + held, INPUT_BYTES - held, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return drop(connection);
  int length = held + n, written;
  input[length] = 0;
  int read = answer_all(input, length, &written);
  connection->length = length - read;
  if (connection->length > 0) {
    connection->rest = realloc(connection->rest, connection->length);
    memcpy(connection->rest, input + read, connection->length);
  } else if (connection->rest) {
    free(connection->rest);
    connection->rest = NULL;
  }
  if (written > 0 && send_all(connection->fd, output, written) < 0) drop(connection);
}

static void watch(int poll, int fd, void *of) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = of};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int listener, int poll) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    watch(poll, fd, connection);
  }
}

int main(void) {
  write_big();
  const char *port = getenv("PORT");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port ? port : "8080")), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    perror("limit: listen");
    return 1;
  }
  int poll = epoll_create1(0);
  watch(poll, listener, NULL);
  struct epoll_event events[EVENTS];
  for (;;) {
    int n = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr) serve(events[i].data.ptr);
      else accept_all(listener, poll);
    }
  }
}
