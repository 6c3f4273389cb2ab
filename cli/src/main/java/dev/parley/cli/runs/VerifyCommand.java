package dev.parley.cli.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Counts the rollouts of a run. */
@Command(
    name = "verify",
    header = "Count a run's committed rollouts: each prompt must have exactly one.",
    description = {
      "Reads the topics prompts and rollouts from their beginnings as they are now, committed"
          + " records only, so it needs the brokers and not Kubernetes; in a cluster, run it in the"
          + " toolbox. Of a run under way, prompts in flight count as missing.",
      "",
      "Brokers that ask who is there are told what the environment says: KAFKA_SECURITY_PROTOCOL,"
          + " KAFKA_SASL_…, KAFKA_SSL_… (docs/cli.md)."
    },
    footer = {
      "Examples:",
      "  parley runs verify ppo-1 --kafka localhost:9092",
      "  kubectl exec deploy/parley-toolbox -- \\",
      "      parley runs verify ppo-1 --kafka parley-kafka:9092",
      "",
      "Exit codes: 0 every prompt has one, 1 some have none or several."
    })
final class VerifyCommand implements Callable<Integer> {

  private static final int NAMED = 10;

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Option(
      names = "--kafka",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The brokers.")
  private String kafka;

  @Option(
      names = "--output",
      paramLabel = "FORM",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Form output;

  /** How to print. */
  enum Form {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  VerifyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    CommittedRollouts counts;
    try {
      counts = CommittedRollouts.count(kafka, run);
    } catch (KafkaException e) {
      throw new Failure(
          "the brokers at %s cannot be read: %s".formatted(kafka, e.getMessage()),
          "Is the address right, and reachable from here?",
          e);
    }
    if (output == Form.JSON) {
      terminal.out().println(new ObjectMapper().writeValueAsString(fields(counts)));
    } else {
      terminal
          .out()
          .println(
              "%,d prompts, %,d committed rollouts, %,d of other runs passed over"
                  .formatted(counts.prompts(), counts.rollouts(), counts.ofOthers()));
      name("without a rollout", counts.missing());
      name("with several rollouts", counts.repeated());
      name("that nobody asked for", counts.unasked());
      if (counts.isWhole()) {
        terminal.out().println("every prompt has exactly one committed rollout");
      }
    }
    if (counts.prompts() == 0) {
      terminal.err().println("there are no prompts of run " + run + " in the topic");
    }
    return counts.isWhole() ? ExitCode.OK : ExitCode.FAILED;
  }

  private void name(String what, List<String> ids) {
    if (!ids.isEmpty()) {
      terminal
          .out()
          .println(
              "%,d %s: %s%s"
                  .formatted(
                      ids.size(),
                      what,
                      String.join(", ", ids.subList(0, Math.min(NAMED, ids.size()))),
                      ids.size() > NAMED ? ", …" : ""));
    }
  }

  private static Map<String, Object> fields(CommittedRollouts counts) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("prompts", counts.prompts());
    fields.put("rollouts", counts.rollouts());
    fields.put("missing", counts.missing());
    fields.put("repeated", counts.repeated());
    fields.put("unasked", counts.unasked());
    fields.put("other_runs", counts.ofOthers());
    fields.put("whole", counts.isWhole());
    return fields;
  }
}
