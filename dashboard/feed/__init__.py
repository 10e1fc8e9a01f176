"""The live wire to browsers that watch a room."""
