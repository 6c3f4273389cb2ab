package dev.parley.model.generation;

class TorchGeneratorTest extends GeneratorContract {

  TorchGeneratorTest() {
    super(GeneratorOptions.Engine.TORCH);
  }
}
