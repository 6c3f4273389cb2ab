package dev.parley.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;

/**
 * Requests to the hub. Redirects are followed here and not by the JDK, since the token belongs to
 * the hub alone: it is sent to the endpoint's scheme, host and port, and to nobody that the hub
 * sends us on to.
 *
 * <p>{@link HttpURLConnection} and not the newer client: only it gives up on a body that stops
 * coming.
 */
final class HubHttp {

  private static final int MOST_REDIRECTS = 10;
  private static final int ERROR_TEXT = 300;

  private final HubSettings settings;
  private final HubProxies proxies;
  private final Duration timeout;

  /**
   * Requests under settings.
   *
   * @param proxies the way to each address
   * @param timeout how long to wait for a connection, and for each next byte
   */
  HubHttp(HubSettings settings, HubProxies proxies, Duration timeout) {
    this.settings = settings;
    this.proxies = proxies;
    this.timeout = timeout;
  }

  /**
   * Asks for a file or a document, wherever the hub has it.
   *
   * @param headers headers besides the token
   * @return an answer with a status below 300, open; close it
   * @throws HubStatusException if the answer is an error
   * @throws IOException if there is none
   */
  Answer get(URI address, Map<String, String> headers) throws IOException {
    return request("GET", address, headers, true);
  }

  /**
   * Asks about a file. Where the hub sends us on to another host, that redirect is the answer: its
   * headers describe the file, and the other host's do not.
   */
  Answer head(URI address) throws IOException {
    return request("HEAD", address, Map.of(), false);
  }

  private Answer request(
      String method, URI address, Map<String, String> headers, boolean toOtherHosts)
      throws IOException {
    URI current = address;
    for (int i = 0; i <= MOST_REDIRECTS; i++) {
      HttpURLConnection connection = connect(method, current, headers);
      int status = connection.getResponseCode();
      Optional<URI> next = redirect(current, connection, status);
      if (next.isEmpty()) {
        if (status >= 300) {
          throw error(current, connection, status);
        }
        return new Answer(connection);
      }
      if (!toOtherHosts && !sameOrigin(next.get(), settings.endpoint())) {
        return new Answer(connection);
      }
      if (current.getScheme().equals("https") && !next.get().getScheme().equals("https")) {
        throw new ProtocolException(
            "%s redirects from https to %s".formatted(current, next.get().getScheme()));
      }
      discard(connection);
      current = next.get();
    }
    throw new ProtocolException(
        "%s redirects more than %d times".formatted(address, MOST_REDIRECTS));
  }

  private HttpURLConnection connect(String method, URI address, Map<String, String> headers)
      throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) address.toURL().openConnection(proxies.forAddress(address));
    connection.setRequestMethod(method);
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) timeout.toMillis());
    connection.setReadTimeout((int) timeout.toMillis());
    connection.setRequestProperty("User-Agent", "parley");
    // A compressed body would have another length and another checksum.
    connection.setRequestProperty("Accept-Encoding", "identity");
    headers.forEach(connection::setRequestProperty);
    if (sameOrigin(address, settings.endpoint())) {
      settings
          .token()
          .ifPresent(token -> connection.setRequestProperty("Authorization", "Bearer " + token));
    }
    return connection;
  }

  private static Optional<URI> redirect(URI from, HttpURLConnection connection, int status)
      throws IOException {
    String location = connection.getHeaderField("Location");
    boolean redirect =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!redirect || location == null) {
      return Optional.empty();
    }
    try {
      URI to = from.resolve(location);
      if (to.getHost() == null || to.getScheme() == null || !to.getScheme().matches("https?")) {
        throw new ProtocolException(
            "%s redirects to %s, which is no web address".formatted(from, location));
      }
      return Optional.of(to);
    } catch (IllegalArgumentException e) {
      throw new IOException("%s redirects to %s, which is no address".formatted(from, location), e);
    }
  }

  static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI address) {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return address.getScheme().equals("https") ? 443 : 80;
  }

  private static HubStatusException error(URI address, HttpURLConnection connection, int status)
      throws IOException {
    String code = Optional.ofNullable(connection.getHeaderField("X-Error-Code")).orElse("");
    String said = Optional.ofNullable(connection.getHeaderField("X-Error-Message")).orElse("");
    try (InputStream body = connection.getErrorStream()) {
      if (said.isEmpty() && body != null) {
        said = new String(body.readNBytes(ERROR_TEXT), StandardCharsets.UTF_8);
      }
    }
    said = said.lines().findFirst().orElse("").strip();
    return new HubStatusException(
        status,
        code,
        retryAfter(connection.getHeaderField("Retry-After"), Instant.now()),
        "%s answered %d%s".formatted(address, status, said.isEmpty() ? "" : ": " + said));
  }

  /**
   * How long Retry-After asks to wait: seconds, or a date (RFC 9110, 10.2.3).
   *
   * @return null if it says nothing that can be understood
   */
  static Duration retryAfter(String header, Instant now) {
    if (header == null) {
      return null;
    }
    String text = header.strip();
    if (text.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      Duration wait =
          Duration.between(now, DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from));
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static void discard(HttpURLConnection connection) throws IOException {
    try (InputStream body = connection.getInputStream()) {
      body.readNBytes(ERROR_TEXT);
    }
  }

  /** An answer whose body may still be coming. */
  static final class Answer implements AutoCloseable {

    private final HttpURLConnection connection;

    private Answer(HttpURLConnection connection) {
      this.connection = connection;
    }

    int status() throws IOException {
      return connection.getResponseCode();
    }

    Optional<String> header(String name) {
      return Optional.ofNullable(connection.getHeaderField(name));
    }

    InputStream body() throws IOException {
      return connection.getInputStream();
    }

    @Override
    public void close() {
      connection.disconnect();
    }
  }
}
