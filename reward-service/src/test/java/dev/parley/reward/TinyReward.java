package dev.parley.reward;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.TinyModel;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Gives the service under test a tiny reward model and a rule, weighted 2 to 0.5. */
public class TinyReward implements QuarkusTestResourceLifecycleManager {

  /** The seed of the model that the service is given. */
  public static final long SEED = 11;

  @Override
  public Map<String, String> start() {
    try {
      Path parent = Files.createTempDirectory("parley-reward");
      Path model = TinyModel.writeReward(parent.resolve("model"), SEED);
      Map<String, String> settings = new HashMap<>();
      settings.put("parley.reward.scorer", "total");
      settings.put("parley.reward.scorers.total.type", "weighted-sum");
      settings.put("parley.reward.scorers.total.weights.helpful", "2");
      settings.put("parley.reward.scorers.total.weights.polite", "0.5");
      settings.put("parley.reward.scorers.helpful.type", "model");
      settings.put("parley.reward.scorers.helpful.directory", model.toString());
      settings.put("parley.reward.scorers.polite.type", "keyword");
      settings.put("parley.reward.scorers.polite.words.please", "1");
      return settings;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the tiny models", e);
    }
  }

  @Override
  public void stop() {}

  /**
   * Puts NaN into weights on disk.
   *
   * @param directory a model directory with one weight file in single precision
   * @param tensor the tensor's name
   * @param first index of the first element
   * @param count how many elements
   */
  public static void spoil(Path directory, String tensor, int first, int count) {
    Path file = directory.resolve("model.safetensors");
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int header = Math.toIntExact(bytes.getLong(0));
      String json = new String(bytes.array(), 8, header, StandardCharsets.UTF_8);
      JsonObject entry = JsonParser.parseString(json).getAsJsonObject().getAsJsonObject(tensor);
      JsonArray offsets = entry.getAsJsonArray("data_offsets");
      int start = 8 + header + offsets.get(0).getAsInt();
      for (int i = first; i < first + count; i++) {
        bytes.putFloat(start + i * Float.BYTES, Float.NaN);
      }
      Files.write(file, bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot spoil " + file, e);
    }
  }
}
