package dev.parley.model.generation;

class VectorGeneratorTest extends GeneratorContract {

  VectorGeneratorTest() {
    super(GeneratorOptions.Engine.VECTOR);
  }
}
