"""Section `cursorinstructions`: the files an extraction accounts for."""

from pydantic import Field

from qpf_plugins.agent_schema.fields import FilePath, SectionModel


class CursorInstructions(SectionModel):
    """The files an extraction accounts for; every layer adds its own."""

    generatefiles: list[FilePath] = Field(
        default=[],
        description="Modules that the extraction generates for this layer.",
        examples=[["packet_router.py"]],
    )
    generatetests: list[FilePath] = Field(
        default=[],
        description="Tests that the extraction generates for this layer.",
        examples=[["test_packet_router.py"]],
    )
    linkexisting: list[FilePath] = Field(
        default=[],
        description="Hand-written files that the agent uses and the extraction must not touch.",
        examples=[["logic/plastos/translate.py"]],
    )
