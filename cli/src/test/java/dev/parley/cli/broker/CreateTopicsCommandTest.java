package dev.parley.cli.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.CapturedTerminal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateTopicsCommandTest {

  @TempDir Path data;

  @Test
  void makesWhatIsMissingAsItIsToldAndLeavesTheRest() throws Exception {
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(EmbeddedBroker.Listening.onLoopback(Ports.free()), data);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
      CapturedTerminal first = CapturedTerminal.piped();
      CapturedTerminal second = CapturedTerminal.piped();

      assertThat(create(first, broker, "--partitions", "3", "--retention-hours", "24"))
          .isEqualTo(ExitCode.OK);
      assertThat(create(second, broker, "--partitions", "5")).isEqualTo(ExitCode.OK);

      assertThat(first.out().lines())
          .contains("prompts", "rollouts", "policy-versions", "version-files")
          .hasSize(9);
      assertThat(second.out()).isEmpty();
      assertThat(second.err()).contains("all topics were there already");
      assertThat(
              admin
                  .describeTopics(List.of("prompts"))
                  .allTopicNames()
                  .get()
                  .get("prompts")
                  .partitions())
          .hasSize(3);
      assertThat(setting(admin, "prompts", "retention.ms")).isEqualTo("86400000");
      assertThat(setting(admin, "prompts.dead-letter", "retention.ms")).isEqualTo("2419200000");
      assertThat(setting(admin, "policy-versions", "cleanup.policy")).isEqualTo("compact");
    }
  }

  @Test
  void refusesNumbersThatContradictEachOther() {
    CapturedTerminal terminal = CapturedTerminal.piped();

    int code =
        Parley.run(
            terminal.terminal(),
            "topics",
            "create",
            "--bootstrap-servers",
            "localhost:1",
            "--replication-factor",
            "2",
            "--min-in-sync-replicas",
            "3");

    assertThat(code).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err())
        .contains("--min-in-sync-replicas is 3; expected 1 to 2, which is replication-factor");
  }

  private static int create(CapturedTerminal terminal, EmbeddedBroker broker, String... more) {
    String[] arguments = new String[4 + more.length];
    System.arraycopy(
        new String[] {"topics", "create", "--bootstrap-servers", broker.bootstrap()},
        0,
        arguments,
        0,
        4);
    System.arraycopy(more, 0, arguments, 4, more.length);
    return Parley.run(terminal.terminal(), arguments);
  }

  private static String setting(Admin admin, String topic, String name) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config = admin.describeConfigs(Set.of(resource)).all().get().get(resource);
    return config.get(name).value();
  }
}
