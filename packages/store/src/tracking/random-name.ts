import type { Random } from "@flightdeck/core";

/** Generates a name for a run or model without one, in MLflow's format: `bold-otter-318`. At most 20 characters. */
export function randomName(random: Random): string {
  return `${pick(random, ADJECTIVES)}-${pick(random, NOUNS)}-${random.nextInt(NUMBERS)}`;
}

const NUMBERS = 1000;

function pick(random: Random, words: readonly string[]): string {
  return words[random.nextInt(words.length)] ?? "";
}

// Adjectives have at most eight letters and nouns seven, so names have at most 20 characters and fit into MLflow's UI.
const ADJECTIVES =
  `able agile amber ample apt arctic azure bold brave breezy bright brisk calm candid clear clever cosmic
  cosy crisp curious daring deft eager early earnest easy epic fair fancy fearless fine fleet fond frank free fresh
  gentle glad golden good grand happy hardy honest humble jolly keen kind lively loyal lucky lunar mellow merry mighty
  modest neat nimble noble novel patient placid plucky polished proud quick quiet rapid rare ready regal rich robust
  rosy serene sharp shining silent silver simple sincere sleek smart smooth snug solar solid spry stately steady
  stellar sturdy subtle sunny super sure swift tender tidy tranquil trusty upbeat vast vivid warm wise witty worthy
  zesty`.split(/\s+/);

const NOUNS = `badger bat bear beaver bee bison boar bobcat camel caribou cat cobra condor coral cougar crab
  crane crow deer dingo dolphin dove eagle eel egret elk falcon ferret finch fox frog gazelle gecko gibbon goose grouse
  gull hare hawk heron hornet horse ibex ibis iguana jackal jaguar jay kestrel kite kiwi koala lark lemur leopard lion
  lizard llama lynx magpie marlin marten mole moose moth mouse mule newt ocelot orca osprey otter owl ox panda panther
  parrot pelican penguin pigeon pika plover pony puffin puma quail rabbit raccoon ram raven ray robin rook salmon seal
  shark sheep shrew sloth snipe sparrow squid stag stork swallow swan swift tapir tern thrush tiger toad
  toucan trout tuna turtle viper vole walrus weasel whale wolf wombat wren yak zebra`.split(/\s+/);
