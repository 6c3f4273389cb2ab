package dev.parley.policy.prompt;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.prompt.v1.Prompt;
import java.util.Optional;

/**
 * What a record of the topic of prompts says to a policy of one run.
 *
 * @param prompt the prompt, if it is one of this run
 * @param defect why the record is none, if it is not; a prompt of another run is no defect
 */
public record PromptReading(Optional<Prompt> prompt, Optional<String> defect) {

  private static final PromptReading FOREIGN =
      new PromptReading(Optional.empty(), Optional.empty());

  /**
   * Reads a record's value.
   *
   * @param value its bytes, or null
   * @param runId the run whose prompts are wanted
   */
  public static PromptReading of(byte[] value, String runId) {
    if (value == null) {
      return unusable("the record has no value, expected a parley.prompt.v1.Prompt");
    }
    Prompt prompt;
    try {
      prompt = Prompt.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      return unusable("the value is no parley.prompt.v1.Prompt: " + e.getMessage());
    }
    if (prompt.getRunId().isEmpty()) {
      return unusable("run_id is empty, expected the run that the answers belong to");
    }
    return prompt.getRunId().equals(runId)
        ? new PromptReading(Optional.of(prompt), Optional.empty())
        : FOREIGN;
  }

  private static PromptReading unusable(String defect) {
    return new PromptReading(Optional.empty(), Optional.of(defect));
  }
}
