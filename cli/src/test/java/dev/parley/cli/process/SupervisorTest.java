package dev.parley.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SupervisorTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  private final List<Process> parents = new ArrayList<>();

  @TempDir Path directory;

  @AfterEach
  void endParents() {
    // Ended processes do not mind; one that a failed test left behind takes its children with it.
    parents.forEach(Process::destroyForcibly);
  }

  @Test
  void childrenAreReadyInAnyOrderAndStopYoungestFirst() throws Exception {
    List<Integer> ports = Ports.free(2);
    Path diary = directory.resolve("diary");
    ChildProcess first;
    ChildProcess second;
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      first = supervisor.start(serve("first", ports.get(0), diary));
      supervisor.awaitReady(List.of(first));
      second = supervisor.start(serve("second", ports.get(1), diary));
      supervisor.awaitReady(List.of(second));
    }

    assertThat(first.isAlive()).isFalse();
    assertThat(second.isAlive()).isFalse();
    assertThat(Files.readAllLines(diary))
        .containsExactly(
            "started " + ports.get(0),
            "started " + ports.get(1),
            "stopped " + ports.get(1),
            "stopped " + ports.get(0));
    assertThat(terminal.err().lines()).endsWith("stopping second", "stopping first");
  }

  @Test
  void aChildThatDiesBeforeItIsReadyIsReportedWithTheCauseAndTheEndOfItsLog() {
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      ProcessPlan plan =
          new ProcessPlan(
              "policy",
              SupervisedProgram.command("die"),
              Map.of(),
              directory.resolve("logs/policy.log"),
              new Readiness.LogLine("never"),
              PATIENCE);
      ChildProcess child = supervisor.start(plan);

      Failure failure =
          catchThrowableOfType(Failure.class, () -> supervisor.awaitReady(List.of(child)));

      assertThat(failure)
          .hasMessage(
              "policy ended before it was ready with exit code 1: java.io.IOException: the file config.json is missing");
      assertThat(failure.remedy())
          .startsWith("The end of its log, " + plan.log() + ":")
          .contains("\n  loading the model\n")
          .contains(
              "\n  Exception in thread \"main\" java.lang.IllegalStateException: start-up failed");
    }
  }

  @Test
  void aChildThatCannotBeRunSaysSo() {
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      ChildProcess child =
          supervisor.start(
              new ProcessPlan(
                  "policy",
                  List.of("/no/such/program"),
                  Map.of(),
                  directory.resolve("policy.log"),
                  new Readiness.LogLine("never"),
                  PATIENCE));

      assertThatThrownBy(() -> supervisor.awaitReady(List.of(child)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("policy ended before it was ready with exit code 127");
    }
  }

  @Test
  void aChildThatIsNotReadyInTimeIsReported() {
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      ChildProcess child =
          supervisor.start(
              new ProcessPlan(
                  "policy",
                  List.of("/bin/sh", "-c", "echo still loading; sleep 600"),
                  Map.of(),
                  directory.resolve("policy.log"),
                  new Readiness.LogLine("ready"),
                  Duration.ofSeconds(1)));

      assertThatThrownBy(() -> supervisor.awaitReady(List.of(child)))
          .isInstanceOf(Failure.class)
          .hasMessage("policy is not ready after 1s");
    }
  }

  @Test
  void aChildThatDiesLaterEndsTheWaiting() throws Exception {
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      int port = Ports.free();
      ChildProcess steady = supervisor.start(serve("steady", port, directory.resolve("diary")));
      ChildProcess frail =
          supervisor.start(
              new ProcessPlan(
                  "frail",
                  List.of(
                      "/bin/sh", "-c", "echo here I am; sleep 0.5; echo Error: no more; exit 3"),
                  Map.of(),
                  directory.resolve("frail.log"),
                  new Readiness.LogLine("here I am"),
                  PATIENCE));

      assertThat(supervisor.awaitAnyExit())
          .hasMessage("frail ended unexpectedly with exit code 3: Error: no more");
      assertThat(steady.isAlive()).isTrue();
      assertThat(frail.isAlive()).isFalse();
    }
  }

  @Test
  void aChildThatDoesNotStopIsKilled() throws Exception {
    ChildProcess child;
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofMillis(300))) {
      child =
          supervisor.start(
              new ProcessPlan(
                  "stubborn",
                  SupervisedProgram.command("stubborn"),
                  Map.of(),
                  directory.resolve("stubborn.log"),
                  new Readiness.LogLine("stubborn is ready"),
                  PATIENCE));
      supervisor.awaitReady(List.of(child));
    }

    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void childrenDoNotHearCtrlCNorTheEndOfTheTerminal() throws Exception {
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      // A signal that a shell sends itself has had its effect before the next command.
      ProcessPlan plan =
          new ProcessPlan(
              "child",
              List.of("/bin/sh", "-c", "kill -INT $$; kill -HUP $$; echo I live; sleep 600"),
              Map.of(),
              directory.resolve("child.log"),
              new Readiness.LogLine("I live"),
              PATIENCE);

      supervisor.awaitReady(List.of(supervisor.start(plan)));

      assertThat(plan.log()).hasContent("I live\n");
    }
  }

  @Test
  void theEnvironmentOfAPlanReachesTheChild() throws Exception {
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      ProcessPlan plan =
          new ProcessPlan(
              "child",
              List.of("/bin/sh", "-c", "echo is $OMP_WAIT_POLICY; sleep 600"),
              Map.of("OMP_WAIT_POLICY", "passive"),
              directory.resolve("child.log"),
              new Readiness.LogLine("is passive"),
              PATIENCE);

      supervisor.awaitReady(List.of(supervisor.start(plan)));

      assertThat(plan.log()).hasContent("is passive\n");
    }
  }

  @Test
  void childrenEndWhenTheirParentIsKilled() throws Exception {
    Path diary = directory.resolve("diary");
    Process parent = parent(diary);
    ProcessHandle child = childOf(parent);

    parent.destroyForcibly().waitFor();

    child.onExit().get();
    assertThat(child.isAlive()).isFalse();
    assertThat(Files.readString(diary)).contains("stopped ");
  }

  @Test
  void childrenEndWhenTheirParentIsAskedToEnd() throws Exception {
    Path diary = directory.resolve("diary");
    Process parent = parent(diary);
    ProcessHandle child = childOf(parent);

    parent.destroy();

    assertThat(parent.waitFor()).isEqualTo(128 + 15);
    assertThat(child.isAlive()).isFalse();
    assertThat(Files.readString(diary)).contains("stopped ");
  }

  @Test
  void aChildThatDoesNotStopIsKilledAlsoAfterItsParentWas() throws Exception {
    Process parent = parent(SupervisedProgram.command("parent-of-stubborn", directory + "/log"));
    ProcessHandle child = childOf(parent);

    parent.destroyForcibly().waitFor();

    child.onExit().get();
    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void nothingIsLeftBesideAChildThatEnded() throws Exception {
    List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
    List<ProcessHandle> processes;
    try (Supervisor supervisor = new Supervisor(terminal.terminal(), Duration.ofSeconds(30))) {
      ChildProcess child =
          supervisor.start(serve("child", Ports.free(), directory.resolve("diary")));
      supervisor.awaitReady(List.of(child));
      processes =
          ProcessHandle.current()
              .descendants()
              .filter(process -> !before.contains(process))
              .toList();
    }

    assertThat(processes).hasSize(2);
    for (ProcessHandle process : processes) {
      process.onExit().get();
    }
  }

  @Test
  void freePortsAreDifferentAndATakenOneIsRefused() throws IOException {
    assertThat(Ports.free(20)).doesNotHaveDuplicates();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Ports.requireFree(taken.getLocalPort(), "the broker"))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("the broker cannot listen on port " + taken.getLocalPort());
    }
    Ports.requireFree(Ports.free(), "the broker");
  }

  private Process parent(Path diary) throws IOException {
    return parent(SupervisedProgram.command("parent", "" + Ports.free(), diary.toString()));
  }

  private Process parent(List<String> command) throws IOException {
    Process parent =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    parents.add(parent);
    return parent;
  }

  private static ProcessHandle childOf(Process parent) throws IOException {
    BufferedReader output = parent.inputReader();
    String line = output.readLine();
    assertThat(line).startsWith("child ");
    return ProcessHandle.of(Long.parseLong(line.substring("child ".length()))).orElseThrow();
  }

  private ProcessPlan serve(String name, int port, Path diary) {
    return new ProcessPlan(
        name,
        SupervisedProgram.command("serve", "" + port, diary.toString()),
        Map.of(),
        directory.resolve(name + ".log"),
        new Readiness.Http(URI.create("http://localhost:" + port + "/q/health/ready")),
        PATIENCE);
  }
}
