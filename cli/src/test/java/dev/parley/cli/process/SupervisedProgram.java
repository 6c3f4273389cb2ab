package dev.parley.cli.process;

import com.sun.net.httpserver.HttpServer;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Small programs that the tests run in JVMs of their own. */
public final class SupervisedProgram {

  private SupervisedProgram() {}

  public static void main(String[] arguments) throws Exception {
    String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    switch (arguments[0]) {
      case "serve" -> serve(rest);
      case "die" -> die();
      case "stubborn" -> stubborn();
      case "parent" ->
          parent(
              Duration.ofSeconds(20),
              new Readiness.Http(URI.create("http://localhost:" + rest[0] + "/q/health/ready")),
              Path.of(rest[1] + ".log"),
              command("serve", rest[0], rest[1]));
      case "parent-of-stubborn" ->
          parent(
              Duration.ofSeconds(1),
              new Readiness.LogLine("stubborn is ready"),
              Path.of(rest[0]),
              command("stubborn"));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  /** Answers ready on a port; notes in a file when it is told to stop. */
  private static void serve(String[] arguments) throws IOException, InterruptedException {
    Path diary = Path.of(arguments[1]);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> note(diary, "stopped " + arguments[0])));
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
            0);
    server.createContext(
        "/q/health/ready",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    note(diary, "started " + arguments[0]);
    new CountDownLatch(1).await();
  }

  private static void die() {
    System.out.println("loading the model");
    throw new IllegalStateException(
        "start-up failed", new IOException("the file config.json is missing"));
  }

  /** Ready, and deaf to requests to stop. */
  private static void stubborn() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
    System.out.println("stubborn is ready");
    never.await();
  }

  /** Starts a program under a supervisor of its own, prints its process number, and waits. */
  private static void parent(
      Duration grace, Readiness readiness, Path log, List<String> childCommand)
      throws InterruptedException {
    Terminal terminal = CapturedTerminal.piped().terminal();
    Supervisor supervisor = new Supervisor(terminal, grace);
    ChildProcess child =
        supervisor.start(
            new ProcessPlan(
                "child", childCommand, Map.of(), log, readiness, Duration.ofSeconds(60)));
    supervisor.awaitReady(List.of(child));
    System.out.println("child " + child.pid());
    System.out.println("ended: " + supervisor.awaitAnyExit().getMessage());
  }

  /** The command that runs a program of this class. */
  static List<String> command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                SupervisedProgram.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static void note(Path diary, String line) {
    try {
      Files.writeString(diary, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
