package dev.parley.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command in a process of its own, for what it starts in turn.
 *
 * @param code its exit code
 * @param out its standard output
 * @param err its standard error
 */
public record ParleyProcess(int code, String out, String err) {

  /**
   * Runs the command and waits for its end.
   *
   * @param root where the services are built, and where it runs
   */
  public static ParleyProcess run(Path root, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dparley.root=" + root,
                "-cp",
                System.getProperty("java.class.path"),
                Parley.class.getName()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(root, "out", ".log");
    Path err = Files.createTempFile(root, "err", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(root.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      int code = process.waitFor();
      return new ParleyProcess(code, Files.readString(out), Files.readString(err));
    } finally {
      process.destroy();
    }
  }
}
