package dev.parley.reference;

import jakarta.inject.Singleton;

/** Where the service gets its model from. */
@Singleton
class ReferenceModels {

  /** Opens the model, which may take minutes; see {@link ReferenceModel#open}. */
  ReferenceModel open(ReferenceSettings settings) {
    return ReferenceModel.open(settings);
  }
}
