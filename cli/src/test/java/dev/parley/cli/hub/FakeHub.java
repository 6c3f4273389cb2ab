package dev.parley.cli.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A hub with one model and, on another port, the storage that it redirects large files to. Both can
 * be told to misbehave; both keep a list of what they were asked.
 */
final class FakeHub implements AutoCloseable {

  static final String MODEL = "acme/tiny";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /**
   * What a server was asked.
   *
   * @param server "hub" or "storage"
   * @param token the Authorization header; empty if there was none
   * @param range the Range header; empty if there was none
   */
  record Request(String server, String method, String path, String token, String range) {}

  /** An answer to one request for a file, instead of the right one. */
  interface Misbehaviour {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  private final HttpServer hub = server();
  private final HttpServer storage = server();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<String> large = new ArrayList<>();
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Queue<Misbehaviour>> misbehaviours = new HashMap<>();
  private final Map<String, String> strangeEtags = new HashMap<>();
  private boolean metadataInListing = true;
  private Misbehaviour listing;

  FakeHub() {
    hub.createContext("/", exchange -> serve("hub", exchange));
    storage.createContext("/", exchange -> serve("storage", exchange));
    for (HttpServer server : List.of(hub, storage)) {
      server.setExecutor(threads);
      server.start();
    }
  }

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint() {
    return URI.create("http://localhost:" + hub.getAddress().getPort());
  }

  /** A small file, which the hub serves itself. */
  FakeHub with(String path, String content) {
    files.put(path, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** A large file, for which the hub redirects to the storage. */
  FakeHub withLarge(String path, byte[] content) {
    files.put(path, content);
    large.add(path);
    return this;
  }

  /** The next request for a file gets this instead. Called twice, the next two. */
  FakeHub then(String path, Misbehaviour misbehaviour) {
    misbehaviours.computeIfAbsent(path, key -> new ArrayDeque<>()).add(misbehaviour);
    return this;
  }

  /** Requests for the listing get this instead. */
  FakeHub withListing(Misbehaviour misbehaviour) {
    listing = misbehaviour;
    return this;
  }

  /** The listing names the files and says nothing about them, as some mirrors' do. */
  FakeHub withoutMetadataInListing() {
    metadataInListing = false;
    return this;
  }

  /** A file's headers give an etag that is no checksum. */
  FakeHub withEtag(String path, String etag) {
    strangeEtags.put(path, etag);
    return this;
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  List<Request> requestsFor(String path) {
    return requests().stream()
        .filter(request -> request.method().equals("GET") && request.path().endsWith("/" + path))
        .toList();
  }

  String etag(String path) {
    byte[] content = files.get(path);
    return large.contains(path)
        ? hex("SHA-256", content)
        : hex(
            "SHA-1",
            ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII),
            content);
  }

  private void serve(String server, HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      requests.add(
          new Request(
              server,
              exchange.getRequestMethod(),
              path,
              header(exchange, "Authorization"),
              header(exchange, "Range")));
      String resolve = "/" + MODEL + "/resolve/" + COMMIT + "/";
      if (path.startsWith("/api/models/")) {
        if (listing != null) {
          listing.answer(exchange, new byte[0]);
        } else {
          send(exchange, 200, listingJson().getBytes(StandardCharsets.UTF_8));
        }
      } else if (server.equals("hub") && path.startsWith(resolve)) {
        file(exchange, path.substring(resolve.length()));
      } else if (server.equals("storage")) {
        content(exchange, path.substring(1));
      } else {
        send(exchange, 404, new byte[0]);
      }
    }
  }

  private void file(HttpExchange exchange, String path) throws IOException {
    String etag = strangeEtags.getOrDefault(path, etag(path));
    if (large.contains(path)) {
      exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + etag + "\"");
      exchange.getResponseHeaders().add("X-Linked-Size", "" + files.get(path).length);
      exchange
          .getResponseHeaders()
          .add("Location", "http://localhost:" + storage.getAddress().getPort() + "/" + path);
      exchange.sendResponseHeaders(302, -1);
    } else {
      exchange.getResponseHeaders().add("ETag", "W/\"" + etag + "\"");
      content(exchange, path);
    }
  }

  private void content(HttpExchange exchange, String path) throws IOException {
    byte[] content = files.get(path);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().add("Content-Length", "" + content.length);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    Misbehaviour misbehaviour;
    synchronized (misbehaviours) {
      misbehaviour = misbehaviours.getOrDefault(path, new ArrayDeque<>()).poll();
    }
    if (misbehaviour != null) {
      misbehaviour.answer(exchange, content);
    } else {
      honest(exchange, content);
    }
  }

  /** What a server should do. */
  static void honest(HttpExchange exchange, byte[] content) throws IOException {
    String range = header(exchange, "Range");
    if (range.isEmpty()) {
      send(exchange, 200, content);
      return;
    }
    int from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
    if (from >= content.length) {
      send(exchange, 416, new byte[0]);
      return;
    }
    exchange
        .getResponseHeaders()
        .add("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    send(exchange, 206, Arrays.copyOfRange(content, from, content.length));
  }

  /** Promises everything that was asked for, and hangs up after some bytes of it. */
  static Misbehaviour cutAfter(int bytes) {
    return (exchange, content) -> {
      String range = header(exchange, "Range");
      int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      if (from > 0) {
        exchange
            .getResponseHeaders()
            .add(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      OutputStream out = exchange.getResponseBody();
      out.write(content, from, bytes);
      out.flush();
    };
  }

  /** Gives the whole file whatever was asked for. */
  static Misbehaviour ignoresRange() {
    return (exchange, content) -> send(exchange, 200, content);
  }

  /** Gives as many other bytes. */
  static Misbehaviour wrongBytes() {
    return (exchange, content) -> {
      byte[] wrong = content.clone();
      wrong[wrong.length / 2] ^= 1;
      honest(exchange, wrong);
    };
  }

  /** Answers with a status and headers, given as name, value, name, value. */
  static Misbehaviour status(int status, String... headers) {
    return (exchange, content) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      send(exchange, status, "what the server has to say".getBytes(StandardCharsets.UTF_8));
    };
  }

  /** Answers with a document. */
  static Misbehaviour document(String text) {
    return (exchange, content) -> send(exchange, 200, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  private String listingJson() {
    List<String> siblings = new ArrayList<>();
    files.forEach(
        (path, content) -> {
          if (!metadataInListing) {
            siblings.add("{\"rfilename\":\"%s\"}".formatted(path));
          } else if (large.contains(path)) {
            siblings.add(
                "{\"rfilename\":\"%s\",\"size\":%d,\"blobId\":\"%s\",\"lfs\":{\"sha256\":\"%s\",\"size\":%d,\"pointerSize\":134}}"
                    .formatted(path, content.length, "f".repeat(40), etag(path), content.length));
          } else {
            siblings.add(
                "{\"rfilename\":\"%s\",\"size\":%d,\"blobId\":\"%s\"}"
                    .formatted(path, content.length, etag(path)));
          }
        });
    return "{\"id\":\"%s\",\"sha\":\"%s\",\"siblings\":[%s]}"
        .formatted(MODEL, COMMIT, String.join(",", siblings));
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static String hex(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }
}
