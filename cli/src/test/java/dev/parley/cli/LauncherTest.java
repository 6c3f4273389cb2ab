package dev.parley.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script ./parley, with a Maven and a Java that only note what they were asked. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LauncherTest {

  @TempDir Path directory;
  private Path root;
  private Path bin;

  /**
   * What a call gave.
   *
   * @param output standard output and error together
   */
  private record Result(int code, String output) {}

  @BeforeEach
  void fakes() throws IOException {
    root = Files.createDirectories(directory.resolve("a root"));
    bin = Files.createDirectories(directory.resolve("bin"));
    Files.copy(Path.of("..", "parley"), root.resolve("parley"));
    executable(root.resolve("parley"));
    Path source = root.resolve("cli/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class A {}");
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    script(
        "mvn",
        """
        echo "mvn $* in $PWD"
        [ ! -e fail-the-build ] || exit 1
        mkdir -p cli/target && touch cli/target/parley-cli.jar
        """);
    script(
        "java",
        "for a in \"$@\"; do echo \"java: $a\"; done; echo \"OMP $OMP_WAIT_POLICY $GOMP_SPINCOUNT, $OPT_OUT_TRACKING\"\n");
  }

  @Test
  void theFirstCallBuildsAndLaterOnesDoNot() throws Exception {
    Result first = parley(Map.of(), "data", "inspect");
    assertThat(first.output())
        .contains("parley: building for the first time")
        .contains("mvn -q -B -DskipTests package in " + root)
        .contains("java: data\njava: inspect\n");

    Result second = parley(Map.of(), "data", "inspect");
    assertThat(second.output()).doesNotContain("mvn").doesNotContain("building");
  }

  @Test
  void aNewerSourceIsBuilt() throws Exception {
    parley(Map.of());
    Path source = root.resolve("cli/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));

    assertThat(parley(Map.of()).output()).contains("parley: sources have changed; building", "mvn");
    assertThat(parley(Map.of("PARLEY_NO_BUILD", "1")).output()).doesNotContain("mvn");
  }

  @Test
  void argumentsArriveAsTheyAre() throws Exception {
    Result result = parley(Map.of(), "--set", "a=b c", "*", "");

    assertThat(result.output()).contains("java: --set\njava: a=b c\njava: *\njava: \nOMP");
  }

  @Test
  void theJavaIsToldItsRootAndThatNobodyLooks() throws Exception {
    Result result = parley(Map.of());

    assertThat(result.output())
        .contains("java: -Dparley.root=" + root)
        .contains("java: -Dparley.terminal=\n")
        .contains("java: -jar\njava: " + root + "/cli/target/parley-cli.jar\n")
        .contains("OMP passive 0, true");
  }

  @Test
  void itWorksThroughLinksAndFromAnywhere() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("first"), Path.of("a root/parley"));
    Path second = Files.createSymbolicLink(bin.resolve("second"), link);

    Result result = run(bin, Map.of(), List.of(second.toString(), "--version"));

    assertThat(result.output()).contains("java: -Dparley.root=" + root, "java: --version");
  }

  @Test
  void aFailedBuildIsSaidAndTriedAgain() throws Exception {
    Files.createFile(root.resolve("fail-the-build"));
    Result failed = parley(Map.of());
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.output()).contains("parley: the build failed").doesNotContain("java:");

    Files.delete(root.resolve("fail-the-build"));
    assertThat(parley(Map.of()).output()).contains("mvn", "java:");
  }

  @Test
  void aBuildThatDiedDoesNotBlockTheNext() throws Exception {
    Path lock = Files.createDirectories(root.resolve(".parley/build.lock"));
    Process dead = new ProcessBuilder("/bin/sh", "-c", "exit 0").start();
    dead.waitFor();
    Files.writeString(lock.resolve("pid"), dead.pid() + "\n");

    assertThat(parley(Map.of()).output()).contains("mvn", "java:");
    assertThat(lock).doesNotExist();
  }

  @Test
  void withoutABuildAndLeaveToBuildItSaysHow() throws Exception {
    Result result = parley(Map.of("PARLEY_NO_BUILD", "1"));

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.output()).contains("it is not built", "mvn -q -DskipTests package");
  }

  @Test
  void withoutAJavaItSaysWhatToInstall() throws Exception {
    Result result = parley(Map.of("JAVA_HOME", directory + "/none"));

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.output()).contains("there is no Java", "JDK 17");
  }

  private Result parley(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(root.resolve("parley").toString()));
    command.addAll(List.of(arguments));
    return run(directory, environment, command);
  }

  private Result run(Path where, Map<String, String> environment, List<String> command)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(where.toFile()).redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("PARLEY_NO_BUILD");
    builder.environment().remove("PARLEY_JAVA_OPTS");
    builder.environment().merge("PATH", bin.toString(), (old, mine) -> mine + ":" + old);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  private void script(String name, String text) throws IOException {
    executable(Files.writeString(bin.resolve(name), "#!/bin/sh\n" + text));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
