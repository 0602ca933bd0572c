"""Draw (抽選): a committed lot that anybody can run again."""
