package dev.parley.cli.up;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Stands in for a service's quarkus-run.jar: ready at once, and tells what it was started with. */
public final class FakeService {

  private FakeService() {}

  public static void main(String[] arguments) throws IOException {
    if (System.getProperty("parley.reward.scorers.model.directory", "").endsWith("broken")) {
      throw new IOException("the reward model has no score.weight");
    }
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(
                System.getProperty("quarkus.http.host"), Integer.getInteger("quarkus.http.port")),
            0);
    server.createContext(
        "/q/health/ready",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.createContext(
        "/told",
        exchange -> {
          String name = exchange.getRequestURI().getQuery();
          String told = System.getProperty(name, System.getenv().getOrDefault(name, ""));
          byte[] body = told.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }
}
