package dev.parley.cli.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stands in for the console's quarkus-run.jar: keeps one study, and tells what it was sent in a
 * file beside its jar.
 */
public final class FakeConsole {

  private static final String STUDY =
      "{\"id\": 7, \"name\": \"%s\", \"pairs\": 1, \"given\": 1, \"wanted\": 2, \"leftOut\": 3}";

  private FakeConsole() {}

  public static void main(String[] arguments) throws IOException {
    Path told = Path.of(System.getProperty("java.class.path")).resolveSibling("told");
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(
                System.getProperty("quarkus.http.host"), Integer.getInteger("quarkus.http.port")),
            0);
    server.createContext("/q/health/ready", exchange -> answer(exchange, 200, ""));
    server.createContext(
        "/api/studies",
        exchange -> {
          String token = System.getenv("PARLEY_CONSOLE_ACCESS_TOKEN");
          if (!("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, "Nobody is signed in");
          } else if (exchange.getRequestMethod().equals("GET")) {
            answer(exchange, 200, "[" + STUDY.formatted("pairs") + "]");
          } else {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String query = exchange.getRequestURI().getQuery();
            Files.writeString(
                told,
                query
                    + "\n"
                    + body
                    + "\n"
                    + System.getProperty("quarkus.datasource.jdbc.url")
                    + "\n"
                    + System.getProperty("parley.console.kafka.bootstrap-servers")
                    + "\n"
                    + System.getProperty("parley.console.policies.new"));
            boolean taken = query.contains("name=taken");
            answer(exchange, taken ? 409 : 200, STUDY.formatted("pairs"));
          }
        });
    server.createContext(
        "/studies/7/preferences.jsonl", exchange -> answer(exchange, 200, "{\"parley\": 1}\n"));
    server.start();
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
