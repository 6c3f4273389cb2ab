package dev.parley.cli.process;

import dev.parley.cli.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports on the loopback interface. */
public final class Ports {

  private Ports() {}

  /**
   * A port that nobody listens on.
   *
   * @throws Failure if there is none
   */
  public static int free() {
    return free(1).get(0);
  }

  /**
   * Several different ports that nobody listens on. Another process may take one before it is used;
   * whoever is given it then says so.
   *
   * @throws Failure if there are none
   */
  public static List<Integer> free(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        sockets.add(socket);
        ports.add(socket.getLocalPort());
      }
      return ports;
    } catch (IOException e) {
      throw new Failure("this machine gives no free port: " + e.getMessage(), "", e);
    } finally {
      sockets.forEach(Ports::close);
    }
  }

  /**
   * Makes sure that nobody listens on a port, which is quicker and clearer than to let a server
   * find out.
   *
   * @param port the port
   * @param who who wants it, for the message
   * @throws Failure if somebody does
   */
  public static void requireFree(int port, String who) {
    try (ServerSocket socket = new ServerSocket()) {
      // As servers do: a port whose last connections have not quite gone is free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    } catch (IOException e) {
      throw new Failure(
          "%s cannot listen on port %d: %s".formatted(who, port, e.getMessage()),
          "Stop what listens there, or choose another port.",
          e);
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new Failure("a port cannot be let go: " + e.getMessage(), "", e);
    }
  }
}
