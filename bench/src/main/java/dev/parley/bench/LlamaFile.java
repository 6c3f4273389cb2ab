package dev.parley.bench;

import dev.parley.model.decoding.WeightFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model in llama.cpp's format. */
final class LlamaFile {

  private LlamaFile() {}

  /**
   * Returns the file with a model's weights, written beside the model if it is not there.
   *
   * @param model the model's directory
   * @param weights float32 or bfloat16, for its matrices
   * @param python has gguf and safetensors
   */
  static Path of(Path model, WeightFormat weights, Python python) throws InterruptedException {
    String type = weights == WeightFormat.BFLOAT16 ? "BF16" : "F32";
    Path file = model.resolveSibling(model.getFileName() + "-" + type + ".gguf");
    if (!Files.exists(file)) {
      python.result(
          "llama_gguf.py",
          List.of("--model", model.toString(), "--gguf", file.toString(), "--type", type));
    }
    return file;
  }
}
