package dev.parley.cli.up;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.process.ProgramJar;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 4, unit = TimeUnit.MINUTES)
class UpCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path root;
  private Path model;
  private final List<Process> started = new ArrayList<>();

  @BeforeEach
  void build() throws IOException {
    for (String service : new String[] {"policy", "reward", "reference"}) {
      ProgramJar.write(
          root.resolve(service + "-service/target/quarkus-app/quarkus-run.jar"), FakeService.class);
    }
    model = model("model");
    System.setProperty("parley.root", root.toString());
  }

  @AfterEach
  void forget() {
    // Ended processes do not mind; one that a failed test left behind takes its children with it.
    started.forEach(Process::destroy);
    System.clearProperty("parley.root");
  }

  @Test
  void brokerAndServicesRunUntilTheCommandIsStopped() throws Exception {
    Process up = up("--policy", model.toString(), "--reward", model.toString(), "--threads", "1");
    List<ProcessHandle> children;
    try {
      Map<String, String> addresses = addresses(up);
      assertThat(addresses.keySet())
          .containsExactly("broker", "reference", "reward", "policy", "openai");
      assertThat(addresses.get("openai")).isEqualTo("http://" + addresses.get("policy") + "/v1");

      try (Admin admin = Admin.create(Map.of("bootstrap.servers", addresses.get("broker")))) {
        assertThat(admin.listTopics().names().get()).contains("prompts", "rollouts");
      }
      String policy = addresses.get("policy");
      assertThat(told(policy, "parley.policy.model")).isEqualTo(model.toString());
      assertThat(told(policy, "kafka.bootstrap.servers")).isEqualTo(addresses.get("broker"));
      assertThat(told(policy, "parley.policy.reward.target")).isEqualTo(addresses.get("reward"));
      assertThat(told(policy, "parley.policy.reference.target"))
          .isEqualTo(addresses.get("reference"));
      assertThat(told(addresses.get("reference"), "parley.reference.model"))
          .isEqualTo(model.toString());
      assertThat(told(policy, "OMP_WAIT_POLICY")).isEqualTo("passive");
      assertThat(told(policy, "GOMP_SPINCOUNT")).isEqualTo("0");
      assertThat(told(policy, "OMP_NUM_THREADS")).isEqualTo("1");
      assertThat(told(policy, "OPT_OUT_TRACKING")).isEqualTo("true");

      assertThat(
              Parley.run(
                  terminal.terminal(),
                  "up",
                  "--policy",
                  model.toString(),
                  "--reward",
                  model.toString(),
                  "--dir",
                  root.resolve("state").toString()))
          .isEqualTo(ExitCode.FAILED);
      assertThat(terminal.err())
          .contains("another parley up (process " + up.pid() + ") uses " + root.resolve("state"));
    } finally {
      children = up.descendants().toList();
      up.destroy();
    }

    assertThat(up.waitFor()).isEqualTo(128 + 15);
    assertThat(Files.readString(errors()).lines())
        .endsWith("stopping policy", "stopping reward", "stopping reference", "stopping broker");
    for (ProcessHandle child : children) {
      child.onExit().get();
    }
  }

  @Test
  void aServiceThatFailsIsReportedAndTheOthersAreStopped() throws Exception {
    Process up =
        up(
            "--policy",
            model.toString(),
            "--reward",
            model("broken").toString(),
            "--kafka",
            "localhost:9");

    assertThat(up.waitFor()).isEqualTo(ExitCode.FAILED);
    assertThat(Files.readString(errors()))
        .contains(
            "parley: reward ended", "the reward model has no score.weight", "logs/reward.log");
  }

  @Test
  void withoutARewardThePolicyRunsAlone() throws Exception {
    Process up = up("--policy", model.toString(), "--threads", "1");
    Map<String, String> addresses = addresses(up);
    assertThat(addresses.keySet()).containsExactly("policy", "openai");
    assertThat(told(addresses.get("policy"), "parley.policy.model")).isEqualTo(model.toString());
    up.destroy();
    up.waitFor();
    assertThat(Files.readString(errors()).lines()).endsWith("stopping policy");
  }

  @Test
  void whatNeedsScoresIsRefusedWithoutAReward() {
    assertThat(
            Parley.run(terminal.terminal(), "up", "--policy", model.toString(), "--run", "my-run"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err())
        .contains("--run needs --reward: answers to a run's prompts are scored");
  }

  @Test
  void aDryRunPrintsTheCommandsAndStartsNothing() throws IOException {
    Path rules = Files.writeString(root.resolve("my rules.yaml"), "");

    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--dry-run",
                "--policy",
                model.toString(),
                "--reference",
                model("frozen").toString(),
                "--reward",
                "rules:" + rules,
                "--policy-port",
                "7001",
                "--reward-port",
                "7002",
                "--reference-port",
                "7003",
                "--broker-port",
                "7004"))
        .isZero();

    List<String> lines = terminal.out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).contains("dev.parley.cli.Parley broker --port 7004");
    assertThat(lines.get(1))
        .startsWith("GOMP_SPINCOUNT=0 LRU_CACHE_CAPACITY=64 OMP_NUM_THREADS=")
        .contains("-Dparley.reference.model=" + root.resolve("frozen"))
        .contains("-Dquarkus.http.port=7003")
        .endsWith("reference-service/target/quarkus-app/quarkus-run.jar");
    assertThat(lines.get(2)).contains("'-Dquarkus.config.locations=" + rules + "'");
    assertThat(lines.get(3))
        .contains("-Dkafka.bootstrap.servers=localhost:7004")
        .contains("-Dparley.policy.reward.target=localhost:7002")
        .contains("-Dparley.policy.reference.target=localhost:7003");
    assertThat(root.resolve("state")).doesNotExist();
  }

  @Test
  void adaptersReachTheServicesWithTheirBases() throws IOException {
    Path adapter = Files.createDirectories(root.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"base_model_name_or_path\": \"../%s\"}"
            .formatted(model.getFileName()));
    Files.writeString(adapter.resolve("adapter_model.safetensors"), "");

    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--dry-run",
                "--policy",
                adapter.toString(),
                "--reward",
                adapter.toString()))
        .as(terminal.err())
        .isZero();

    List<String> lines = terminal.out().lines().toList();
    assertThat(lines.get(1))
        .contains("-Dparley.reference.model=" + adapter, "-Dparley.reference.base=" + model);
    assertThat(lines.get(2))
        .contains(
            "-Dparley.reward.scorers.model.directory=" + adapter,
            "-Dparley.reward.scorers.model.base=" + model);
    assertThat(lines.get(3))
        .contains("-Dparley.policy.model=" + adapter, "-Dparley.policy.base=" + model);
  }

  @Test
  void aBrokerThatRunsAlreadyIsUsed() {
    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--dry-run",
                "--policy",
                model.toString(),
                "--reward",
                model.toString(),
                "--kafka",
                "broker.example:9092"))
        .isZero();

    assertThat(terminal.out().lines()).hasSize(3);
    assertThat(terminal.out()).contains("-Dkafka.bootstrap.servers=broker.example:9092");
  }

  @Test
  void aRunAndPartitionsReachPolicyAndBroker() {
    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--dry-run",
                "--policy",
                model.toString(),
                "--reward",
                model.toString(),
                "--run",
                "ppo-7",
                "--partitions",
                "9"))
        .isZero();

    List<String> lines = terminal.out().lines().toList();
    assertThat(lines.get(0)).contains("--partitions 9");
    assertThat(lines.get(3)).contains("-Dparley.policy.run-id=ppo-7");
  }

  @Test
  void theModelsOfAllServicesHaveTheNumberFormatThatIsAskedFor() {
    assertThat(dryRun("--precision", "bfloat16")).as(terminal.err()).isZero();

    List<String> lines = terminal.out().lines().toList();
    assertThat(lines.get(1)).contains("-Dparley.reference.precision=bfloat16");
    assertThat(lines.get(2)).contains("-Dparley.reward.scorers.model.precision=bfloat16");
    assertThat(lines.get(3)).contains("-Dparley.policy.engine.precision=bfloat16");
  }

  @Test
  void aNumberFormatThatThereIsNotIsRefused() {
    assertThat(dryRun("--precision", "float8")).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--precision", "float8", "FLOAT32", "BFLOAT16");
  }

  private int dryRun(String... options) {
    List<String> arguments = new ArrayList<>(List.of("up", "--dry-run"));
    arguments.addAll(List.of("--policy", model.toString(), "--reward", model.toString()));
    arguments.addAll(List.of(options));
    return Parley.run(terminal.terminal(), arguments.toArray(String[]::new));
  }

  @Test
  void aServiceThatIsNotBuiltIsNamedWithTheCommandThatBuildsIt() throws IOException {
    Files.delete(root.resolve("reward-service/target/quarkus-app/quarkus-run.jar"));

    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--dry-run",
                "--policy",
                model.toString(),
                "--reward",
                model.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains("the reward service is not built", "mvn -q -DskipTests package");
  }

  @Test
  void aModelOrRulesThatAreNotThereFail() {
    assertThat(
            Parley.run(terminal.terminal(), "up", "--policy", "none", "--reward", model.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--policy",
                model.toString(),
                "--reward",
                "rules:none.yaml"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("there is no directory \"none\"", "none.yaml with rules");
  }

  @Test
  void numbersThatMeanNothingAreWrongUsage() {
    assertThat(
            Parley.run(
                terminal.terminal(),
                "up",
                "--policy",
                model.toString(),
                "--reward",
                model.toString(),
                "--threads",
                "0"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--threads is 0; expected at least 1");
  }

  private Process up(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Service.java(),
                "-XX:TieredStopAtLevel=1",
                "-Dparley.root=" + root,
                "-cp",
                System.getProperty("java.class.path"),
                Parley.class.getName(),
                "up",
                "--dir",
                root.resolve("state").toString()));
    command.addAll(Arrays.asList(arguments));
    Process up = new ProcessBuilder(command).redirectError(errors().toFile()).start();
    started.add(up);
    return up;
  }

  private Path errors() {
    return root.resolve("errors.log");
  }

  /** Names and addresses from the table that the command prints once everything is ready. */
  private static Map<String, String> addresses(Process up) throws IOException {
    BufferedReader output = up.inputReader();
    Map<String, String> addresses = new LinkedHashMap<>();
    String line;
    while ((line = output.readLine()) != null && !line.startsWith("Logs are in ")) {
      String[] words = line.trim().split("\\s+");
      addresses.put(words[0], words[1]);
    }
    return addresses;
  }

  private static String told(String address, String name) throws IOException {
    try (InputStream body =
        URI.create("http://" + address + "/told?" + name).toURL().openStream()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Path model(String name) throws IOException {
    Path directory = Files.createDirectories(root.resolve(name));
    Files.writeString(directory.resolve("config.json"), "{}");
    Files.writeString(directory.resolve("model.safetensors"), "");
    return directory;
  }
}
