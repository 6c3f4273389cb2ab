/**
 * Low-rank adapters (LoRA): few numbers beside a frozen model, which learn in its place.
 *
 * <p>Comes in: {@link dev.parley.model.adapter.LoraSettings} for a new adapter, or PEFT's files for
 * one that exists. Goes out: {@link dev.parley.model.adapter.Adapter}, whose arrays the decoder's
 * program takes beside the frozen ones, and products that are added to these where the adapter is
 * merged. Called by {@link dev.parley.model.LanguageModel} and by whoever writes adapters.
 */
package dev.parley.model.adapter;
