package dev.parley.reward.scoring;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Starts Python where it can do no harm, by means of util-linux: in namespaces of its own (mount,
 * pid, network, ipc, uts, and user where the caller is an ordinary one), in a root made of memory
 * that holds {@code /usr}, read-only, and an empty directory; without rights, and within limits.
 * {@code sandbox.sh} is what happens in there.
 *
 * @param kind how it is shut in
 * @param python the interpreter
 * @param pythonHome the directory that the interpreter needs beside {@code /usr}; empty if none
 * @param limits what a program may use
 * @param filter whether system calls are filtered
 */
record Sandbox(Kind kind, String python, String pythonHome, Limits limits, Filter filter) {

  private static final String PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin";
  private static final List<String> TOOLS =
      List.of("unshare", "mount", "umount", "pivot_root", "setpriv", "prlimit", "timeout");
  private static final String SYSTEM_PYTHON = "/usr/bin/python3";

  /** Users that nobody has, one for each sandbox of a machine: limits on processes are per user. */
  private static final int FIRST_USER = 1_000_000_000;

  private static final int USERS = 1_000_000;
  private static final AtomicInteger NEXT_USER =
      new AtomicInteger((int) (ProcessHandle.current().pid() % 1_000) * 1_000);

  /** How a program is shut in. */
  enum Kind {
    /** In namespaces that the caller, who is root, may make; the program becomes another user. */
    ROOT,
    /** In namespaces within a user namespace, which an ordinary user may make. */
    USER,
    /** Not at all, but for the limits. */
    NONE
  }

  /** Whether a program's system calls go through a filter, which {@code filter.py} sets. */
  enum Filter {
    /** They do; without the filter no program is run. */
    REQUIRED,
    /** They do not. */
    NONE
  }

  /**
   * What one program may use.
   *
   * @param cpuSeconds of each process
   * @param seconds from its first line to its end
   * @param memoryBytes of each process
   * @param totalMemoryBytes of all its processes together
   * @param fileBytes of its directory
   * @param processes and threads
   */
  record Limits(
      int cpuSeconds,
      int seconds,
      long memoryBytes,
      long totalMemoryBytes,
      long fileBytes,
      int processes) {}

  /** There is no sandbox on this machine. */
  static final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnavailableException(String message) {
      super(message);
    }
  }

  /**
   * Finds the kinds of sandbox that this process may try, the strictest first.
   *
   * @throws UnavailableException if the machine lacks a program that all of them need
   */
  static List<Sandbox> candidates(Optional<Path> python, Limits limits, Filter filter) {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new UnavailableException("it needs Linux, found " + System.getProperty("os.name"));
    }
    List<String> missing = TOOLS.stream().filter(tool -> find(tool).isEmpty()).toList();
    if (!missing.isEmpty()) {
      throw new UnavailableException(
          "there is no %s on %s; install util-linux and coreutils"
              .formatted(String.join(", ", missing), PATH));
    }
    String interpreter = interpreter(python);
    String home = home(interpreter);
    List<Sandbox> sandboxes = new ArrayList<>();
    if (isRoot()) {
      sandboxes.add(new Sandbox(Kind.ROOT, interpreter, home, limits, filter));
    }
    sandboxes.add(new Sandbox(Kind.USER, interpreter, home, limits, filter));
    return sandboxes;
  }

  /** What is there where nothing shuts a program in. */
  static Sandbox open(Optional<Path> python, Limits limits, Filter filter) {
    return new Sandbox(Kind.NONE, interpreter(python), "", limits, filter);
  }

  /** How a program is shut in, in words: for logs and for the service's health. */
  String described() {
    String namespaces =
        switch (kind) {
          case ROOT -> "namespaces made by root";
          case USER -> "namespaces made by an ordinary user";
          case NONE -> "no namespaces";
        };
    return "%s, %s, %d MiB in all"
        .formatted(
            namespaces,
            filter == Filter.REQUIRED ? "system calls filtered" : "system calls not filtered",
            limits.totalMemoryBytes() >> 20);
  }

  private static Optional<Path> find(String tool) {
    for (String directory : PATH.split(File.pathSeparator)) {
      Path file = Path.of(directory, tool);
      if (Files.isExecutable(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static String interpreter(Optional<Path> wanted) {
    if (wanted.isPresent()) {
      if (!Files.isExecutable(wanted.get())) {
        throw new UnavailableException("python is " + wanted.get() + ", which cannot be run");
      }
      return wanted.get().toAbsolutePath().toString();
    }
    if (Files.isExecutable(Path.of(SYSTEM_PYTHON))) {
      return SYSTEM_PYTHON;
    }
    return find("python3")
        .orElseThrow(
            () ->
                new UnavailableException(
                    "there is no python3; install it, or name one with the setting python"))
        .toString();
  }

  /** Where an interpreter has its library, if the sandbox does not show that anyway. */
  private static String home(String python) {
    try {
      ProcessBuilder asking =
          new ProcessBuilder(python, "-I", "-c", "import sys; print(sys.base_prefix, end='')");
      Process process = asking.redirectErrorStream(true).start();
      String prefix = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new UnavailableException(python + " does not start: " + prefix.strip());
      }
      return prefix.equals("/usr") || prefix.startsWith("/usr/") ? "" : prefix;
    } catch (IOException e) {
      throw new UnavailableException(python + " does not start: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while " + python + " was asked for its home");
    }
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      throw new UncheckedIOException("/proc/self cannot be read", e);
    }
  }

  /** Reads a resource beside this class. */
  static String resource(String name) {
    try (InputStream bytes = Sandbox.class.getResourceAsStream(name)) {
      return new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read", e);
    }
  }

  /**
   * Starts a program.
   *
   * @param program Python's text
   * @return the process; to kill it is to kill all that it has started
   * @throws IOException if there is no process
   */
  Process start(String program) throws IOException {
    // Whoever started it ends it earlier, unless that process is gone.
    int secondsInAll = Examination.START_SECONDS + limits.seconds();
    List<String> command = new ArrayList<>();
    if (kind == Kind.NONE) {
      command.addAll(List.of("timeout", "-s", "KILL", "" + secondsInAll));
      command.addAll(
          List.of("prlimit", "--cpu=" + limits.cpuSeconds(), "--as=" + limits.memoryBytes()));
      command.addAll(List.of("--fsize=" + limits.fileBytes(), "--nofile=64", "--core=0"));
      command.addAll(List.of(python, "-I", "-B", "-X", "utf8", "-c", program));
    } else {
      command.add("unshare");
      if (kind == Kind.USER) {
        command.addAll(List.of("--user", "--map-root-user"));
      }
      command.addAll(List.of("--mount", "--pid", "--fork", "--net", "--ipc", "--uts"));
      command.addAll(List.of("--kill-child", "/bin/sh", "-c", resource("sandbox.sh")));
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", PATH);
    if (kind != Kind.NONE) {
      environment.put("PYTHON", python);
      environment.put("PYTHON_HOME", pythonHome);
      environment.put("DROP_TO", kind == Kind.ROOT ? nextUser() : "");
      environment.put("CPU", "" + limits.cpuSeconds());
      environment.put("SECONDS_IN_ALL", "" + secondsInAll);
      environment.put("MEMORY", "" + limits.memoryBytes());
      environment.put("FILES", "" + limits.fileBytes());
      environment.put("PROCESSES", "" + limits.processes());
      environment.put("PROGRAM", program);
    }
    return builder.directory(new File("/")).start();
  }

  private static String nextUser() {
    return "" + (FIRST_USER + Math.floorMod(NEXT_USER.getAndIncrement(), USERS));
  }

  /** Kills a process with all that it has started. */
  static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.toHandle().destroyForcibly();
  }

  /** Kills a process with all that it has started, waits for its end, and closes its streams. */
  static void end(Process process) {
    kill(process);
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
