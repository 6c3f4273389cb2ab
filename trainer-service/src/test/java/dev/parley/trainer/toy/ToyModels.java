package dev.parley.trainer.toy;

import com.google.gson.JsonObject;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelFiles;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import java.nio.file.Path;

/** Tiny models that differ from {@link TinyModel}. */
public final class ToyModels {

  private ToyModels() {}

  /** Makes a tiny model of another vocabulary. */
  public static LanguageModel ofVocabulary(int vocabulary) {
    JsonObject fields = new JsonObject();
    fields.addProperty("vocab_size", vocabulary);
    fields.addProperty("bos_token_id", 0);
    fields.addProperty("eos_token_id", 1);
    fields.addProperty("pad_token_id", 2);
    return LanguageModel.create(TinyModel.config().with(fields), 1, EngineOptions.CPU);
  }

  /** Writes a tiny model of another vocabulary, without text files. */
  public static Path ofVocabulary(Path directory, int vocabulary) {
    try (LanguageModel model = ofVocabulary(vocabulary)) {
      ModelFiles.write(model, directory.resolveSibling("no-text"), directory, StoredType.F32);
    }
    return directory;
  }
}
