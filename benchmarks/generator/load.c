/*
 * Loads a server and checks every answer. One thread, no allocation while it runs.
 *
 *   load PORT CONNECTIONS SECONDS RATE PLAN
 *
 *   closed loop (RATE 0)   every connection sends its next request when its answer is there
 *   open loop   (RATE n)   request k is due at start + k/n, whatever the answers do; it goes to the next free connection,
 *                          and its latency counts from when it was due. So a server that stalls is charged for those
 *                          that had to wait (no "coordinated omission"), and what was due and never answered is charged too.
 *
 * PLAN holds the requests, sent in turn; each is
 *   "<bytes of request> <expected status> <bytes of expected body>\n" request body
 *
 * Prints one line of JSON: counts, seconds, and the latencies as pairs [bucket, count]. Buckets are those of an HDR
 * histogram: exact below 128 ns, then 64 to each doubling, so that a value is known to 1.6 %. Histograms of several
 * rounds can be added, which percentiles cannot.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REQUESTS = 1024, BUFFER_BYTES = 64 * 1024, EVENTS = 1024, BUCKETS = 64 * 60 };

typedef struct {
  char *bytes, *body;
  int length, status, body_length;
} Request;

typedef struct Connection {
  int fd, filled;
  Request *waiting; /* NULL when free */
  uint64_t since;   /* when the request was sent, or due */
  struct Connection *next_free;
  char *buffer;
} Connection;

static Request requests[MAX_REQUESTS];
static int request_count, next_request;
static Connection *first_free;
static uint64_t histogram[BUCKETS];
static uint64_t answered, wrong, dropped, body_bytes, late;
static char first_wrong[400];
static double rate;
static uint64_t start, end;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static int bucket(uint64_t ns) {
  if (ns < 128) return ns;
  int shift = 63 - __builtin_clzll(ns) - 6;
  return 64 * (shift + 1) + (ns >> shift) - 64;
}

static void record(uint64_t ns) { histogram[bucket(ns)]++; }

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void read_plan(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  Request r;
  while (request_count < MAX_REQUESTS && fscanf(file, "%d %d %d", &r.length, &r.status, &r.body_length) == 3) {
    fgetc(file);
    r.bytes = malloc(r.length + 1);
    r.body = malloc(r.body_length + 1);
    if (fread(r.bytes, 1, r.length, file) != (size_t)r.length || fread(r.body, 1, r.body_length, file) != (size_t)r.body_length) fail("the plan is cut off");
    requests[request_count++] = r;
  }
  fclose(file);
  if (request_count == 0) fail("the plan is empty");
}

static void send_next(Connection *c, uint64_t since) {
  Request *r = &requests[next_request];
  next_request = next_request + 1 == request_count ? 0 : next_request + 1;
  c->waiting = r;
  c->since = since;
  for (int sent = 0; sent < r->length;) {
    int n = send(c->fd, r->bytes + sent, r->length - sent, MSG_NOSIGNAL);
    if (n > 0) sent += n;
    else if (errno != EAGAIN) return; /* the reading side will see the end */
  }
}

static void release(Connection *c) {
  c->waiting = NULL;
  c->next_free = first_free;
  first_free = c;
}

/* Open loop: sends whatever is due while connections are free. */
static void send_due(uint64_t at, uint64_t *sent) {
  while (first_free) {
    uint64_t due = start + (uint64_t)(*sent * (1e9 / rate));
    if (due > at || due >= end) return;
    Connection *c = first_free;
    first_free = c->next_free;
    (*sent)++;
    send_next(c, due);
  }
}

static void note_wrong(const char *answer, int length) {
  if (wrong++ == 0) snprintf(first_wrong, sizeof first_wrong, "%.*s", length > 300 ? 300 : length, answer);
}

/* Compares a chunked body. Bytes taken, 0 when it is not whole yet, -1 when it is malformed. */
static int take_chunked(const char *at, int length, const Request *r, int *matches) {
  const char *p = at, *stop = at + length;
  int seen = 0;
  for (;;) {
    const char *line_end = memmem(p, stop - p, "\r\n", 2);
    if (!line_end) return 0;
    char *after;
    long size = strtol(p, &after, 16);
    if (after == p || size < 0) return -1;
    p = line_end + 2;
    if (stop - p < size + 2) return 0;
    if (size == 0) break;
    if (seen + size > r->body_length || memcmp(p, r->body + seen, size)) *matches = 0;
    seen += size;
    p += size + 2;
  }
  if (seen != r->body_length) *matches = 0;
  return p + 2 - at;
}

/* Takes one answer off the beginning of `bytes`. Bytes taken, 0 when it is not whole yet, -1 when it is malformed. */
static int take_answer(const char *bytes, int length, const Request *r) {
  const char *head_end = memmem(bytes, length, "\r\n\r\n", 4);
  if (!head_end) return 0;
  if (memcmp(bytes, "HTTP/1.1 ", 9)) return -1;
  int head = head_end + 4 - bytes, matches = atoi(bytes + 9) == r->status;
  for (const char *line = bytes; line < head_end; line++) {
    line = memchr(line, '\n', head_end + 2 - line);
    if (!line || line > head_end) break;
    if ((line[1] | 32) == 'c' && !strncasecmp(line + 1, "content-length:", 15)) {
      int body = atoi(line + 16);
      if (length < head + body) return 0;
      if (body != r->body_length || memcmp(bytes + head, r->body, body)) matches = 0;
      if (!matches) note_wrong(bytes, head + body);
      return head + body;
    }
    if ((line[1] | 32) == 't' && !strncasecmp(line + 1, "transfer-encoding:", 18)) {
      int body = take_chunked(bytes + head, length - head, r, &matches);
      if (body <= 0) return body;
      if (!matches) note_wrong(bytes, head + body);
      return head + body;
    }
  }
  return -1;
}

static void lose(Connection *c, int poll) {
  dropped++;
  epoll_ctl(poll, EPOLL_CTL_DEL, c->fd, NULL);
  close(c->fd);
  c->fd = -1;
}

static void receive(Connection *c, int poll, uint64_t at) {
  int n = recv(c->fd, c->buffer + c->filled, BUFFER_BYTES - c->filled, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return lose(c, poll);
  c->filled += n;
  int size = c->waiting ? take_answer(c->buffer, c->filled, c->waiting) : -1;
  if (size == 0 && c->filled < BUFFER_BYTES) return;
  if (size <= 0 || size != c->filled) { /* malformed, too large, or more than was asked for */
    note_wrong(c->buffer, c->filled);
    return lose(c, poll);
  }
  answered++;
  body_bytes += size;
  record(at > c->since ? at - c->since : 0);
  c->filled = 0;
  if (rate > 0 || at >= end) release(c);
  else send_next(c, at);
}

static Connection *connect_all(int port, int count, int poll) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  Connection *all = calloc(count, sizeof *all);
  for (int i = 0, on = 1; i < count; i++) {
    Connection *c = &all[i];
    c->buffer = malloc(BUFFER_BYTES);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event);
    release(c);
  }
  return all;
}

/* What was due and has no answer counts with the time that it waited until now. */
static void charge_unanswered(Connection *all, int count, uint64_t sent, uint64_t at) {
  for (int i = 0; i < count; i++)
    if (all[i].waiting) late++, record(at - all[i].since);
  for (uint64_t k = sent; rate > 0; k++) {
    uint64_t due = start + (uint64_t)(k * (1e9 / rate));
    if (due >= end) break;
    late++, record(at - due);
  }
}

static void print_text(const char *text) {
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') printf("\\%c", *text);
    else if ((unsigned char)*text < 32 || (unsigned char)*text > 126) printf(" ");
    else putchar(*text);
  }
}

static void print(double seconds) {
  printf("{\"seconds\":%.6f,\"answered\":%lu,\"wrong\":%lu,\"dropped\":%lu,\"late\":%lu,\"bytes\":%lu,\"firstWrong\":\"", seconds, answered, wrong, dropped, late, body_bytes);
  print_text(first_wrong);
  printf("\",\"latencies\":[");
  const char *separator = "";
  for (int i = 0; i < BUCKETS; i++)
    if (histogram[i]) printf("%s[%d,%lu]", separator, i, histogram[i]), separator = ",";
  printf("]}\n");
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "load PORT CONNECTIONS SECONDS RATE PLAN\n");
    return 2;
  }
  int count = atoi(argv[2]), poll = epoll_create1(0);
  rate = atof(argv[4]);
  read_plan(argv[5]);
  Connection *all = connect_all(atoi(argv[1]), count, poll);
  start = now();
  end = start + (uint64_t)(atof(argv[3]) * 1e9);
  uint64_t sent = 0, grace = end + 3000000000u, at = start, stopped = 0;
  if (rate == 0)
    while (first_free) {
      Connection *c = first_free;
      first_free = c->next_free;
      send_next(c, now());
    }
  struct epoll_event events[EVENTS];
  while (at < grace) {
    if (rate > 0 && at < end) send_due(at, &sent);
    int n = epoll_wait(poll, events, EVENTS, rate > 0 && at < end ? 0 : 10);
    at = now();
    for (int i = 0; i < n; i++) receive(events[i].data.ptr, poll, at);
    if (at < end) continue;
    if (!stopped) stopped = at;
    int open = 0;
    for (int i = 0; i < count && !open; i++) open = all[i].waiting && all[i].fd >= 0;
    if (!open) break;
  }
  charge_unanswered(all, count, sent, at);
  print((at - start) / 1e9);
  return 0;
}
