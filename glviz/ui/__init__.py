"""The interface: everything that speaks to Dear ImGui, the text of pictures included."""
