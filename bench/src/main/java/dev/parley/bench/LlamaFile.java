package dev.parley.bench;

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
   * @param python has gguf and safetensors
   */
  static Path of(Path model, Python python) throws InterruptedException {
    Path file = model.resolveSibling(model.getFileName() + ".gguf");
    if (!Files.exists(file)) {
      python.result(
          "llama_gguf.py", List.of("--model", model.toString(), "--gguf", file.toString()));
    }
    return file;
  }
}
