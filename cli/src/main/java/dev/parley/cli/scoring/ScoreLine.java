package dev.parley.cli.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.parley.proto.reward.v1.ScoreResult;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One answer's verdict as a JSON line. */
final class ScoreLine {

  // A turn is its role and content; that it is the assistant's is said twice otherwise.
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(MapperFeature.AUTO_DETECT_IS_GETTERS).build();

  private static final String PREFIX = "STATUS_";

  private ScoreLine() {}

  /**
   * Writes prompt, response, side, status, and either score and components or the error; then what
   * was read out of the response, if anything was.
   */
  static String of(Answer answer, ScoreResult result) {
    Score score = result.getScore();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("prompt", answer.prompt());
    line.put(
        Answer.RESPONSE,
        answer.turns().size() == 1 ? answer.turns().get(0).content() : answer.turns());
    if (answer.side() != Answer.Side.NONE) {
      line.put("side", answer.side().name().toLowerCase(Locale.ROOT));
    }
    line.put("status", score.getStatus().name().replace(PREFIX, "").toLowerCase(Locale.ROOT));
    if (score.getStatus() == Status.STATUS_OK) {
      line.put("score", score.getValue());
      line.put("components", new TreeMap<>(score.getComponentsMap()));
    } else {
      line.put("error", score.getError());
    }
    if (!result.getExtracted().isEmpty()) {
      line.put("extracted", result.getExtracted());
    }
    line.put("model_version", score.getModelVersion());
    try {
      return JSON.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and numbers are always JSON", e);
    }
  }
}
