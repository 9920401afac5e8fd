"""The version of the engine; a change of any digit of a result changes it."""

ENGINE_VERSION = "1.0.0"
